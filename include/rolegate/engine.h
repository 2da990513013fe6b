// Include this header to decide inside your own program, without a server.
//
// This program opens a directory of IAM JSON, asks one question and prints the
// answer.  It exits with 0 if the answer is yes, with 1 if it is no, and with 2
// if an error occurs:
//
//   #include <iostream>
//
//   #include "rolegate/engine.h"
//
//   int main(int, char** arguments) {
//     namespace engine = rolegate::engine;
//     const auto registry = engine::Registry::Open({.dir = arguments[1]});
//     if (!registry.ok()) return std::cerr << registry.status() << "\n", 2;
//     const engine::Snapshot snapshot = registry->snapshot();
//     const auto subject = engine::Subject::ByName(
//         "arn:aws:iam::123456789012:role/Reader", snapshot);
//     if (!subject.ok()) return std::cerr << subject.status() << "\n", 2;
//     const engine::Question question{*subject, "s3:GetObject",
//                                     "arn:aws:s3:::example-bucket/1"};
//     const auto why = engine::Explain(question, snapshot);
//     if (!why.ok()) return std::cerr << why.status() << "\n", 2;
//     std::cout << why->decision.reason << "\n" << why->lacking << "\n";
//     return why->decision.allowed() ? 0 : 1;
//   }
//
// Link the CMake target `rolegate::engine`.  This header includes five others,
// which hold the contracts:
//
// registry.h    Registry reads the directory; a Snapshot is what it holds now.
// question.h    A Question says which Subject wants to do what.
// decision.h    Decide answers a question; Explain also says why.
// policy.h      Policy is a single document, for decisions without a directory.
// diagnostic.h  A Diagnostic says what is wrong in a file, and where.
//
// To ask a server instead, include session.h or client.h.  To guard a gRPC
// service, include middleware.h.
//
// The engine throws no exceptions of its own, keeps no global state, and logs
// nothing.

#ifndef ROLEGATE_ENGINE_H_
#define ROLEGATE_ENGINE_H_

#include "rolegate/decision.h"    // IWYU pragma: export
#include "rolegate/diagnostic.h"  // IWYU pragma: export
#include "rolegate/policy.h"      // IWYU pragma: export
#include "rolegate/question.h"    // IWYU pragma: export
#include "rolegate/registry.h"    // IWYU pragma: export

#endif  // ROLEGATE_ENGINE_H_
