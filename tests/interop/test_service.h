// gRPC's TestService, by which gRPC's own interop clients judge a server.

#ifndef ROLEGATE_TESTS_INTEROP_TEST_SERVICE_H_
#define ROLEGATE_TESTS_INTEROP_TEST_SERVICE_H_

#include "service/http2/router.h"

namespace rolegate::interop {

// Answers do not come compressed, and whether requests did is not looked at.
service::http2::Router MakeTestService();

}  // namespace rolegate::interop

#endif  // ROLEGATE_TESTS_INTEROP_TEST_SERVICE_H_
