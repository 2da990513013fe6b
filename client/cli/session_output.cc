#include "client/cli/session_output.h"

#include <iostream>

#include "google/protobuf/util/time_util.h"

namespace rolegate::cli {

using google::protobuf::util::TimeUtil;

void WriteCredentials(JsonPage& writer, const v1::Credentials& credentials,
                      const v1::AssumedRoleUser& user) {
  writer.Key("Credentials");
  writer.StartObject();
  WriteMember(writer, "AccessKeyId", credentials.access_key_id());
  WriteMember(writer, "SessionToken", credentials.session_token());
  WriteMember(writer, "Expiration",
              TimeUtil::ToString(credentials.expiration()));
  writer.EndObject();
  writer.Key("AssumedRoleUser");
  writer.StartObject();
  WriteMember(writer, "AssumedRoleId", user.assumed_role_id());
  WriteMember(writer, "Arn", user.arn());
  writer.EndObject();
}

void PrintExport(const v1::Credentials& credentials,
                 const v1::AssumedRoleUser& user) {
  std::cout << "# " << user.arn() << "\n# until "
            << TimeUtil::ToString(credentials.expiration()) << "\n"
            << "export ROLEGATE_SESSION_TOKEN=" << credentials.session_token()
            << "\n";
}

}  // namespace rolegate::cli
