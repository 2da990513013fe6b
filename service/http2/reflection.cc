#include "service/http2/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/reflection.pb.h"
#include "service/http2/router.h"
#include "service/rpc/stream.h"

namespace rolegate::service::http2 {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using reflection::ServerReflectionRequest;
using reflection::ServerReflectionResponse;

using Services = std::shared_ptr<const std::vector<std::string>>;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

void NotFound(absl::string_view what, ServerReflectionResponse* response) {
  auto* const error = response->mutable_error_response();
  error->set_error_code(static_cast<int>(absl::StatusCode::kNotFound));
  error->set_error_message(absl::StrCat("no such ", what));
}

// The file and all that it imports, each once.
void AddFile(const FileDescriptor* file, std::set<const FileDescriptor*>* done,
             reflection::FileDescriptorResponse* response) {
  if (!done->insert(file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  proto.SerializeToString(response->add_file_descriptor_proto());
  for (int i = 0; i < file->dependency_count(); ++i) {
    AddFile(file->dependency(i), done, response);
  }
}

void TellFile(const FileDescriptor* file, absl::string_view what,
              ServerReflectionResponse* response) {
  if (file == nullptr) {
    NotFound(what, response);
    return;
  }
  std::set<const FileDescriptor*> done;
  AddFile(file, &done, response->mutable_file_descriptor_response());
}

const FileDescriptor* FileOfExtension(
    const reflection::ExtensionRequest& request) {
  const Descriptor* const type =
      Pool().FindMessageTypeByName(request.containing_type());
  if (type == nullptr) return nullptr;
  const FieldDescriptor* const extension =
      Pool().FindExtensionByNumber(type, request.extension_number());
  return extension == nullptr ? nullptr : extension->file();
}

void TellExtensions(const std::string& name,
                    ServerReflectionResponse* response) {
  const Descriptor* const type = Pool().FindMessageTypeByName(name);
  if (type == nullptr) {
    NotFound("type", response);
    return;
  }
  std::vector<const FieldDescriptor*> extensions;
  Pool().FindAllExtensions(type, &extensions);
  auto* const numbers = response->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(name);
  for (const FieldDescriptor* const extension : extensions) {
    numbers->add_extension_number(extension->number());
  }
}

void Answer(const ServerReflectionRequest& request,
            const std::vector<std::string>& services,
            ServerReflectionResponse* response) {
  response->set_valid_host(request.host());
  *response->mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      TellFile(Pool().FindFileByName(request.file_by_filename()), "file",
               response);
      return;
    case ServerReflectionRequest::kFileContainingSymbol:
      TellFile(
          Pool().FindFileContainingSymbol(request.file_containing_symbol()),
          "symbol", response);
      return;
    case ServerReflectionRequest::kFileContainingExtension:
      TellFile(FileOfExtension(request.file_containing_extension()),
               "extension", response);
      return;
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      TellExtensions(request.all_extension_numbers_of_type(), response);
      return;
    case ServerReflectionRequest::kListServices:
      for (const std::string& service : services) {
        response->mutable_list_services_response()->add_service()->set_name(
            service);
      }
      return;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      break;
  }
  auto* const error = response->mutable_error_response();
  error->set_error_code(static_cast<int>(absl::StatusCode::kInvalidArgument));
  error->set_error_message("the request asks for nothing");
}

// Reads a question and writes its answer, one after the other.
class Reflection final : public StreamHandler {
 public:
  Reflection(Services services, StreamTransport* transport)
      : services_(std::move(services)), transport_(transport) {}

  void Start() override { transport_->Read(&request_); }
  void OnRead(bool ok) override {
    if (!ok) {
      transport_->Finish(RpcStatus());
      return;
    }
    response_.Clear();
    Answer(request_, *services_, &response_);
    transport_->Write(response_);
  }
  void OnWritten(bool ok) override {
    if (ok) {
      transport_->Read(&request_);
    } else {
      transport_->Finish(RpcStatus());
    }
  }
  void OnCancel() override {}
  void OnDone() override {}

 private:
  const Services services_;
  StreamTransport* const transport_;
  ServerReflectionRequest request_;
  ServerReflectionResponse response_;
};

}  // namespace

void AddReflection(std::vector<std::string> services, Router* router) {
  constexpr absl::string_view kVersions[] = {"v1", "v1alpha"};
  for (const absl::string_view version : kVersions) {
    services.push_back(
        absl::StrCat("grpc.reflection.", version, ".ServerReflection"));
  }
  std::sort(services.begin(), services.end());
  const auto told =
      std::make_shared<const std::vector<std::string>>(std::move(services));
  for (const absl::string_view version : kVersions) {
    router->AddStream(
        absl::StrCat("/grpc.reflection.", version,
                     ".ServerReflection/ServerReflectionInfo"),
        {&ServerReflectionRequest::default_instance(), /*reads_many=*/true,
         /*counts=*/true,
         [told](StreamTransport* transport,
                const google::protobuf::MessageLite*) {
           return std::make_shared<Reflection>(told, transport);
         }});
  }
}

}  // namespace rolegate::service::http2
