# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# What is applied now is to be there after the machine has been started again (79-booted).

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

test_documents_are_applied() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	cat >kept.json <<-'END'
		{"version": 1, "devices": [{"name": "edge-{n}", "count": 8, "mgmtdev": "vdpasim_net",
		  "mac": "02:00:00:00:01:{n}", "driver": "vhost_vdpa"}]}
	END
	must vdpactl apply kept.json
	for n in {0..7}; do
		expect_eq "$(mac_of "edge-$n")" "02:00:00:00:01:0$n"
		[ -c "/dev/vhost-vdpa/by-name/edge-$n" ]
	done
}

# The second one is made first, and has the lower number; at the next boot it is the other way round.
test_numbers_that_will_be_others() {
	load vdpa_sim_net vhost_vdpa
	kept_daemon
	must vdpactl --timeout 60 status --wait converged
	pair='{"version": 1, "devices": [%s]}\n'
	one='{"name": "one", "mgmtdev": "vdpasim_net", "mac": "02:00:00:00:02:01", "driver": "vhost_vdpa"}'
	two=${one//one/two}
	# shellcheck disable=SC2059  # it is the format
	printf "$pair" "${two/02:01/02:02}" >pair.json
	must vdpactl apply pair.json
	# shellcheck disable=SC2059
	printf "$pair" "$one, ${two/02:01/02:02}" >pair.json
	must vdpactl apply pair.json
	echo "$(vdpactl path one) $(vdpactl path two)" >/var/lib/vdpad/numbers
}
