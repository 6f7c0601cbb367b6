// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gRPC side of the device plugin, as thin as it can be: messages become JSON and back by the
 * library's own conversion, what is in them is decided in C. Its threads block on nothing but the
 * plugin's lock.
 */
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <syslog.h>

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include "deviceplugin.grpc.pb.h"
#include "plugin.h"
#include "pluginregistration.grpc.pb.h"

namespace
{

constexpr auto kRegisterTimeout = std::chrono::seconds(1);
constexpr auto kShutdownGrace = std::chrono::milliseconds(200);

using Answer = int (*)(kube_plugin *, size_t, const char *, char **, char **);
using Text = std::unique_ptr<char, decltype(&free)>;

grpc::StatusCode StatusCodeOf(int errnum)
{
	switch (-errnum) {
	case EINVAL:
		return grpc::StatusCode::INVALID_ARGUMENT;
	case ENOENT:
		return grpc::StatusCode::NOT_FOUND;
	case ENODEV:
		return grpc::StatusCode::FAILED_PRECONDITION;
	default:
		return grpc::StatusCode::INTERNAL;
	}
}

grpc::Status Ask(kube_plugin *plugin, size_t resource, Answer answer,
		 const google::protobuf::Message &request, google::protobuf::Message *reply)
{
	google::protobuf::util::JsonPrintOptions as_in_proto;
	char *json = nullptr, *message = nullptr;
	std::string question;

	as_in_proto.preserve_proto_field_names = true;
	if (!google::protobuf::util::MessageToJsonString(request, &question, as_in_proto).ok())
		return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
				    "this request cannot be read");
	const int r = answer(plugin, resource, question.c_str(), &json, &message);
	const Text json_holder(json, free), message_holder(message, free);
	if (r < 0)
		return grpc::Status(StatusCodeOf(r), message ? message : std::strerror(-r));
	if (!google::protobuf::util::JsonStringToMessage(json, reply).ok())
		return grpc::Status(grpc::StatusCode::INTERNAL, "our answer is not right");
	return grpc::Status::OK;
}

/* One kubelet that watches a resource. It belongs to gRPC and deletes itself at the end. */
class Watch;

class Watches
{
    public:
	void Add(Watch *watch)
	{
		const std::lock_guard<std::mutex> guard(mutex_);
		all_.insert(watch);
	}
	void Remove(Watch *watch)
	{
		const std::lock_guard<std::mutex> guard(mutex_);
		all_.erase(watch);
	}
	void Push();
	void End();

    private:
	std::mutex mutex_;
	std::set<Watch *> all_;
};

class Watch final : public grpc::ServerWriteReactor<v1beta1::ListAndWatchResponse>
{
    public:
	Watch(kube_plugin *plugin, size_t resource, Watches *watches)
		: plugin_(plugin), resource_(resource), watches_(watches)
	{
		watches_->Add(this);
		Push();
	}

	/* Begins to write what is new, unless something is being written: that goes on by itself. */
	void Push()
	{
		const std::lock_guard<std::mutex> guard(mutex_);
		WriteIfNew();
	}

	void End(const grpc::Status &status)
	{
		const std::lock_guard<std::mutex> guard(mutex_);
		if (!finished_)
			Finish(status);
		finished_ = true;
	}

	void OnWriteDone(bool ok) override
	{
		if (!ok) {
			End(grpc::Status::CANCELLED);
			return;
		}
		const std::lock_guard<std::mutex> guard(mutex_);
		writing_ = false;
		WriteIfNew();
	}

	void OnCancel() override { End(grpc::Status::CANCELLED); }

	void OnDone() override
	{
		watches_->Remove(this);
		delete this;
	}

    private:
	void WriteIfNew()
	{
		if (writing_ || finished_)
			return;
		const Text list(kube_plugin_get_list(plugin_, resource_, &version_), free);
		if (!list)
			return;
		reply_.Clear();
		if (!google::protobuf::util::JsonStringToMessage(list.get(), &reply_).ok()) {
			finished_ = true;
			Finish(grpc::Status(grpc::StatusCode::INTERNAL,
					    "our list is not right"));
			return;
		}
		writing_ = true;
		StartWrite(&reply_);
	}

	kube_plugin *const plugin_;
	const size_t resource_;
	Watches *const watches_;
	std::mutex mutex_;
	v1beta1::ListAndWatchResponse reply_;
	uint64_t version_ = 0;
	bool writing_ = false, finished_ = false;
};

void Watches::Push()
{
	const std::lock_guard<std::mutex> guard(mutex_);
	for (auto *watch : all_)
		watch->Push();
}

void Watches::End()
{
	const std::lock_guard<std::mutex> guard(mutex_);
	for (auto *watch : all_)
		watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE,
					"the device plugin ends"));
}

class DevicePlugin final : public v1beta1::DevicePlugin::CallbackService
{
    public:
	DevicePlugin(kube_plugin *plugin, size_t resource) : plugin_(plugin), resource_(resource)
	{
	}

	Watches &watches() { return watches_; }

	grpc::ServerUnaryReactor *
	GetDevicePluginOptions(grpc::CallbackServerContext *context, const v1beta1::Empty *,
			       v1beta1::DevicePluginOptions *reply) override
	{
		reply->set_get_preferred_allocation_available(true);
		return Finish(context, grpc::Status::OK);
	}

	grpc::ServerWriteReactor<v1beta1::ListAndWatchResponse> *
	ListAndWatch(grpc::CallbackServerContext *, const v1beta1::Empty *) override
	{
		return new Watch(plugin_, resource_, &watches_);
	}

	grpc::ServerUnaryReactor *
	GetPreferredAllocation(grpc::CallbackServerContext *context,
			       const v1beta1::PreferredAllocationRequest *request,
			       v1beta1::PreferredAllocationResponse *reply) override
	{
		return Finish(context,
			      Ask(plugin_, resource_, kube_plugin_prefer, *request, reply));
	}

	grpc::ServerUnaryReactor *Allocate(grpc::CallbackServerContext *context,
					   const v1beta1::AllocateRequest *request,
					   v1beta1::AllocateResponse *reply) override
	{
		return Finish(context,
			      Ask(plugin_, resource_, kube_plugin_allocate, *request, reply));
	}

    private:
	static grpc::ServerUnaryReactor *Finish(grpc::CallbackServerContext *context,
						const grpc::Status &status)
	{
		auto *reactor = context->DefaultReactor();
		reactor->Finish(status);
		return reactor;
	}

	kube_plugin *const plugin_;
	const size_t resource_;
	Watches watches_;
};

class Registration final : public pluginregistration::Registration::CallbackService
{
    public:
	Registration(std::string resource, std::string path)
		: resource_(std::move(resource)), path_(std::move(path))
	{
	}

	grpc::ServerUnaryReactor *GetInfo(grpc::CallbackServerContext *context,
					  const pluginregistration::InfoRequest *,
					  pluginregistration::PluginInfo *reply) override
	{
		auto *reactor = context->DefaultReactor();
		reply->set_type("DevicePlugin");
		reply->set_name(resource_);
		reply->set_endpoint(path_);
		reply->add_supported_versions("v1beta1");
		reactor->Finish(grpc::Status::OK);
		return reactor;
	}

	grpc::ServerUnaryReactor *
	NotifyRegistrationStatus(grpc::CallbackServerContext *context,
				 const pluginregistration::RegistrationStatus *request,
				 pluginregistration::RegistrationStatusResponse *) override
	{
		auto *reactor = context->DefaultReactor();
		if (request->plugin_registered())
			kube_log(LOG_INFO, "%s is registered", resource_.c_str());
		else
			kube_log(LOG_ERR, "the kubelet does not register %s: %s",
				 resource_.c_str(), request->error().c_str());
		reactor->Finish(grpc::Status::OK);
		return reactor;
	}

    private:
	const std::string resource_, path_;
};

} // namespace

struct kube_server {
	DevicePlugin device_plugin;
	Registration registration;
	std::unique_ptr<grpc::Server> server;
};

kube_server *kube_server_new(kube_plugin *plugin, size_t resource, const char *path, int watched)
{
	auto server = std::unique_ptr<kube_server>(new kube_server{
		{ plugin, resource }, { kube_plugin_get_name(plugin, resource), path }, nullptr });
	grpc::ServerBuilder builder;

	builder.AddListeningPort(std::string("unix:") + path,
				 grpc::InsecureServerCredentials());
	builder.RegisterService(&server->device_plugin);
	if (watched)
		builder.RegisterService(&server->registration);
	server->server = builder.BuildAndStart();
	return server->server ? server.release() : nullptr;
}

void kube_server_free(kube_server *server)
{
	if (!server)
		return;
	server->device_plugin.watches().End();
	server->server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
	server->server->Wait();
	delete server;
}

void kube_server_push(kube_server *server)
{
	server->device_plugin.watches().Push();
}

int kube_server_register(const char *kubelet, const char *endpoint, const char *resource,
			 char **ret_message)
{
	grpc::ChannelArguments arguments;
	grpc::ClientContext context;
	v1beta1::RegisterRequest request;
	v1beta1::Empty reply;

	/* Or else a kubelet that was not there a moment ago would be waited for. */
	arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
	const auto stub = v1beta1::Registration::NewStub(grpc::CreateCustomChannel(
		std::string("unix:") + kubelet, grpc::InsecureChannelCredentials(), arguments));
	request.set_version("v1beta1");
	request.set_endpoint(endpoint);
	request.set_resource_name(resource);
	request.mutable_options()->set_get_preferred_allocation_available(true);
	context.set_deadline(std::chrono::system_clock::now() + kRegisterTimeout);
	const grpc::Status status = stub->Register(&context, request, &reply);
	switch (status.error_code()) {
	case grpc::StatusCode::OK:
		return 0;
	case grpc::StatusCode::UNAVAILABLE:
	case grpc::StatusCode::DEADLINE_EXCEEDED:
	case grpc::StatusCode::CANCELLED:
		return -EAGAIN;
	default:
		*ret_message = strdup(status.error_message().c_str());
		return -EPROTO;
	}
}
