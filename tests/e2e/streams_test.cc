// Calls that stay open: streams of checks, watchers of the registry.

#include <csignal>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/documents.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace rolegate::testing {
namespace {

class Streams : public ::testing::Test {
 protected:
  Streams() {
    dir_.Write("r.json", Role("Reader", Trust(kEc2), Allow("s3:Get*")));
    server_.emplace(std::vector<std::string>{
        "--registry", dir_.path(), "--listen", "127.0.0.1:0", "--dev"});
    EXPECT_TRUE(server_->serving()) << server_->log();
  }
  Client Service() { return server_->Connect("service:ec2.amazonaws.com"); }
  Client Session() {
    return Service().WithSession(AssumeOrDie(Service(), RoleArn("Reader")));
  }

  static v1::AuthorizeStreamRequest Ask(std::uint64_t id,
                                        const std::string& action,
                                        int checks = 1) {
    v1::AuthorizeStreamRequest request;
    request.set_correlation_id(id);
    for (int i = 0; i < checks; ++i) {
      auto* const check = request.mutable_batch()->add_checks();
      check->set_action(action);
      check->set_resource("*");
    }
    return request;
  }

  TempDir dir_;
  std::optional<ServerProcess> server_;
};

TEST_F(Streams, BatchesAreAnsweredInTheirOrder) {
  const auto stream = Session().OpenAuthorizeStream();
  std::thread writer([&] {
    for (std::uint64_t id = 1; id <= 200; ++id) {
      EXPECT_TRUE(stream->Write(
          Ask(id, id % 2 == 0 ? "s3:GetObject" : "s3:PutObject", 10)));
    }
    stream->WritesDone();
  });
  std::uint64_t id = 0;
  v1::AuthorizeStreamResponse response;
  while (stream->Read(&response)) {
    ++id;
    EXPECT_EQ(response.correlation_id(), id);
    EXPECT_FALSE(response.has_error());
    ASSERT_EQ(response.batch().results_size(), 10);
    EXPECT_EQ(response.batch().results(9).decision(),
              id % 2 == 0 ? v1::DECISION_ALLOW : v1::DECISION_IMPLICIT_DENY);
    EXPECT_FALSE(response.batch().registry_revision().empty());
  }
  writer.join();
  EXPECT_EQ(id, 200u);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(Streams, ARefusedBatchDoesNotEndTheStream) {
  const auto stream = Session().OpenAuthorizeStream();
  v1::AuthorizeStreamResponse response;
  const auto ask = [&](const v1::AuthorizeStreamRequest& request) {
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.correlation_id(), request.correlation_id());
    return response.has_error() ? response.error().code() : "";
  };
  EXPECT_EQ(ask(Ask(1, "not an action")), "ValidationError");
  EXPECT_EQ(response.batch().results_size(), 0);
  EXPECT_EQ(ask(Ask(2, "s3:GetObject", 0)), "ValidationError");
  v1::AuthorizeStreamRequest of_another = Ask(3, "s3:GetObject");
  of_another.mutable_batch()->set_session_token("none");
  EXPECT_EQ(ask(of_another), "InvalidClientTokenId");
  EXPECT_EQ(ask(Ask(4, "s3:GetObject")), "");
  EXPECT_EQ(response.batch().results(0).decision(), v1::DECISION_ALLOW);
}

TEST_F(Streams, EachBatchSeesTheRegistryInForce) {
  const auto stream = Session().OpenAuthorizeStream();
  v1::AuthorizeStreamResponse response;
  const auto allowed = [&] {
    EXPECT_TRUE(stream->Write(Ask(1, "s3:PutObject")));
    EXPECT_TRUE(stream->Read(&response));
    return response.batch().results(0).decision() == v1::DECISION_ALLOW;
  };
  EXPECT_FALSE(allowed());
  dir_.Write("r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  EXPECT_TRUE(Eventually(allowed));
  // A session that is revoked meanwhile gets nothing more.
  dir_.Write("revoked.json", R"({"RevokedSessions": [{"RoleArn":
      "arn:aws:iam::123456789012:role/Reader",
      "IssuedBefore": "2999-01-01T00:00:00Z"}]})");
  EXPECT_TRUE(Eventually([&] {
    EXPECT_TRUE(stream->Write(Ask(1, "s3:PutObject")));
    EXPECT_TRUE(stream->Read(&response));
    return response.error().code() == "ExpiredToken";
  }));
}

TEST_F(Streams, NobodyOpensOne) {
  v1::AuthorizeStreamResponse response;
  const auto stream = Service().WithSession("forged").OpenAuthorizeStream();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(ErrorReason(stream->Finish()), "InvalidClientTokenId");
  v1::WatchResponse revision;
  const auto watch = Service().WithSession("forged").WatchRegistry();
  EXPECT_FALSE(watch->Read(&revision));
  EXPECT_EQ(ErrorReason(watch->Finish()), "InvalidClientTokenId");
}

TEST_F(Streams, AnyCallerWatchesAndIsToldTheRevisionAlone) {
  const Client session = Session();
  EXPECT_EQ(ErrorReason(session.GetStatus().status()), "AccessDenied");
  const auto watch = session.WatchRegistry();
  v1::WatchResponse told;
  ASSERT_TRUE(watch->Read(&told));
  EXPECT_EQ(told.revision(), Service().GetStatus()->revision());
  v1::WatchResponse revision;
  revision.set_revision(told.revision());
  EXPECT_EQ(told.SerializeAsString(), revision.SerializeAsString());
}

TEST_F(Streams, AWatcherIsToldEveryRevision) {
  const auto watch = Service().WatchRegistry();
  v1::WatchResponse first;
  ASSERT_TRUE(watch->Read(&first));
  EXPECT_EQ(first.revision(), Service().GetStatus()->revision());
  dir_.Write("r.json", Role("Reader", Trust(kEc2), Allow("s3:*")));
  v1::WatchResponse second;
  ASSERT_TRUE(watch->Read(&second));
  EXPECT_NE(second.revision(), first.revision());
  EXPECT_EQ(second.revision(), Service().GetStatus()->revision());
}

TEST_F(Streams, AStoppingServerEndsThem) {
  const auto stream = Session().OpenAuthorizeStream();
  v1::AuthorizeStreamResponse response;
  ASSERT_TRUE(stream->Write(Ask(1, "s3:GetObject")));
  ASSERT_TRUE(stream->Read(&response));
  const auto watch = Service().WatchRegistry();
  v1::WatchResponse revision;
  ASSERT_TRUE(watch->Read(&revision));
  server_->Signal(SIGTERM);
  EXPECT_FALSE(stream->Read(&response));
  const absl::Status reopen =
      absl::UnavailableError("the server is stopping; open the stream again");
  const auto without_details = [](const absl::Status& status) {
    return absl::Status(status.code(), status.message());
  };
  EXPECT_EQ(without_details(stream->Finish()), reopen);
  EXPECT_FALSE(watch->Read(&revision));
  EXPECT_EQ(without_details(watch->Finish()), reopen);
  EXPECT_EQ(server_->Wait(), 0);
}

}  // namespace
}  // namespace rolegate::testing
