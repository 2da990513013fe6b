// Start here to decide within your own program, without a server.
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
//                                     "arn:aws:s3:::reports/2026.csv"};
//     const auto why = engine::Explain(question, snapshot);
//     if (!why.ok()) return std::cerr << why.status() << "\n", 2;
//     std::cout << why->decision.reason << "\n" << why->lacking << "\n";
//     return why->decision.allowed() ? 0 : 1;
//   }
//
// registry.h    a directory of IAM JSON: Registry, and the Snapshot in force
// question.h    who wants what: Subject and Question
// decision.h    Decide and Explain
// policy.h      single documents, and decisions without a directory
// diagnostic.h  what is wrong, and where
//
// Link `rolegate::engine`.  To ask a server instead, read client.h; to guard a
// gRPC service, middleware.h.
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
