# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of what tests/bench/measure wrote: a row for each number of devices.

BEGIN { FS = "," }

NR == 1 { next }

{
	if (!($2 in seen)) {
		seen[$2] = 1
		order[++rows] = $2
	}
	of[$1, $2] = $3
	has[$1] = 1
}

function short(n) {
	if (n >= 1e9) return sprintf("%.3f G", n / 1e9)
	if (n >= 1e5) return sprintf("%.2f M", n / 1e6)
	return sprintf("%.1f k", n / 1e3)
}

# Own cost, what we take beyond the floor, and with which power of N it grows.
function own(n, v, f,    text, i, before, growth) {
	text = sprintf("%11s", short((of[v, n] - of[f, n]) / n))
	for (i = 1; i < rows && order[i + 1] != n; i++)
		;
	before = order[i]
	if (before == n || before == 1)
		return text sprintf("%9s", "-")
	growth = (of[v, n] - of[f, n]) / (of[v, before] - of[f, before])
	return text sprintf("%9.2f", log(growth) / log(n / before))
}

function compare(title, f, s, v,    i, n) {
	if (!has[v])
		return
	printf "\n%s\n%8s%11s%11s%11s%7s%7s%11s%9s\n", title, "devices", "floor F",
		"shell S", "vdpactl V", "V/F", "S/V", "(V-F)/N", "exponent"
	for (i = 1; i <= rows; i++) {
		n = order[i]
		printf "%8d%11s%11s%11s%7.2f%7.2f%s\n", n, short(of[f, n]), short(of[s, n]),
			short(of[v, n]), of[v, n] / of[f, n], of[s, n] / of[v, n], own(n, v, f)
	}
}

function noop(    i, n) {
	if (!has["V-noop"])
		return
	printf "\nnothing to do\n%8s%11s%11s%11s%7s%13s\n", "devices", "3 dumps F", "plan",
		"apply V", "V/F", "(--version)"
	for (i = 1; i <= rows; i++) {
		n = order[i]
		printf "%8d%11s%11s%11s%7.2f%13s\n", n, short(of["F-dumps", n]),
			short(of["V-plan", n]), short(of["V-noop", n]),
			of["V-noop", n] / of["F-dumps", n], short(of["V-version", n])
	}
}

function reading(    i, n) {
	if (!has["V-list"])
		return
	printf "\nreading\n%8s%11s%11s%11s%14s%18s\n", "devices", "list", "list -j", "show",
		"vdpa dev show", "vdpa config show"
	for (i = 1; i <= rows; i++) {
		n = order[i]
		printf "%8d%11s%11s%11s%14s%18s\n", n, short(of["V-list", n]),
			short(of["V-list-json", n]), short(of["V-show", n]),
			short(of["S-list", n]), short(of["S-list-config", n])
	}
}

END {
	compare("from nothing to N devices on vhost_vdpa", "F-up", "S-up", "V-up")
	compare("from N devices to nothing", "F-down", "S-down", "V-down")
	noop()
	reading()
}
