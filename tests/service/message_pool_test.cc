// Messages that are used again carry nothing of the call before, and do not
// grow for ever.

#include "service/grpc/message_pool.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rolegate/v1/authorization.pb.h"

namespace rolegate::service {
namespace {

using Pool = MessagePool<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>;
using Holder =
    grpc::MessageHolder<v1::BatchAuthorizeRequest, v1::BatchAuthorizeResponse>;

void Fill(Holder* messages, const std::string& text) {
  v1::AuthorizationCheck* const check = messages->request()->add_checks();
  check->set_resource(text);
  (*check->mutable_context())[text].add_values(text);
  messages->request()->set_session_token(text);
  messages->response()->add_results()->set_reason(text);
  messages->response()->set_registry_revision(text);
}

TEST(MessagePool, NothingOfACallReachesTheNext) {
  Pool pool;
  Holder* messages = pool.AllocateMessages();
  Fill(messages, "of the first call");
  messages->Release();

  Holder* const again = pool.AllocateMessages();
  ASSERT_EQ(again, messages) << "is used again";
  EXPECT_EQ(again->request()->ByteSizeLong(), 0u);
  EXPECT_EQ(again->response()->ByteSizeLong(), 0u);
  // What stands in the memory that was kept is cleared as well.
  again->response()->add_results();
  EXPECT_EQ(again->response()->results(0).reason(), "");
  again->request()->add_checks();
  EXPECT_TRUE(again->request()->checks(0).context().empty());
  again->Release();
}

TEST(MessagePool, CallsAtOnceShareNothing) {
  Pool pool;
  Holder* const one = pool.AllocateMessages();
  Holder* const other = pool.AllocateMessages();
  EXPECT_NE(one, other);
  EXPECT_NE(one->request(), other->request());
  EXPECT_NE(one->response(), other->response());
  one->Release();
  other->Release();
}

// Messages that carried too much are given up.  New ones may stand where they
// stood, so what tells is whether memory was kept for a part.
TEST(MessagePool, WhatCarriedMuchIsGivenUp) {
  struct Case {
    const char* what;
    std::size_t bytes;
    bool kept;
  };
  for (const Case& c :
       {Case{"a usual call", 1'000, true},
        Case{"a call of the largest messages", 1'000'000, false}}) {
    Pool pool;
    Holder* const messages = pool.AllocateMessages();
    Fill(messages, std::string(c.bytes, 'x'));
    messages->Release();
    Holder* const next = pool.AllocateMessages();
    EXPECT_EQ(next->response()->mutable_results()->ClearedCount() > 0, c.kept)
        << c.what;
    next->Release();
  }
}

}  // namespace
}  // namespace rolegate::service
