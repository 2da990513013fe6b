// Shapes of policy documents that have any size.

#ifndef ROLEGATE_TESTS_SUPPORT_DOCUMENT_SHAPES_H_
#define ROLEGATE_TESTS_SUPPORT_DOCUMENT_SHAPES_H_

#include <cstddef>
#include <functional>
#include <string>

namespace rolegate::testing {

// The element at a place of a list, as JSON.
using Element = std::function<std::string(std::size_t)>;

// Returns `head`, as many elements between commas as there is room for, and
// `tail`.
std::string Fill(const std::string& head, const std::string& tail,
                 std::size_t bytes, const Element& element);

// The same text over and over.
std::string Repeat(const std::string& text, std::size_t bytes);

std::string Number(std::size_t i);
// Letters that number i, so that neighbours differ at their end.
std::string Letters(std::size_t i);
std::string Quoted(const std::string& text);

// Each of these returns a document of about, and never more than, so many
// bytes.

std::string Statements(std::size_t bytes, const Element& statement);

// One statement, in which the elements stand between `begin` and `end`.
std::string OneStatement(const std::string& begin, const std::string& end,
                         std::size_t bytes, const Element& element);

// One Allow with a list of actions, resources, conditions, keys under one
// operator, or values under one key.
std::string Actions(std::size_t bytes, const Element& action);
std::string Resources(std::size_t bytes, const Element& resource);
std::string Conditions(std::size_t bytes, const std::string& begin,
                       const std::string& end, const Element& element);
std::string Keys(std::size_t bytes, const std::string& op, const Element& key);
std::string Values(std::size_t bytes, const std::string& op,
                   const std::string& key, const Element& value);

// One Allow on one resource, which repeats `text` and ends with `end`.
std::string OneResource(std::size_t bytes, const std::string& text,
                        const std::string& end = "");

// Two lists of one statement, each with half of the room.
std::string TwoLists(std::size_t bytes, const std::string& before,
                     const Element& one, const std::string& between,
                     const Element& other, const std::string& after);

// 129 statements, so that they are indexed, of many actions on four resources.
std::string IndexedProduct(std::size_t bytes, const Element& action,
                           const Element& resource);

std::string PercentEncoded(const std::string& text);

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_DOCUMENT_SHAPES_H_
