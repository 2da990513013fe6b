#include "engine/statement_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/types/span.h"
#include "engine/program.h"

namespace rolegate {
namespace {

// Beginnings are cut, which bounds the depth of the trees and calls a few
// statements too many at worst.
constexpr std::size_t kMaxPrefix = 256;

// A statement with more resources than these stands under what they have in
// common, so that the index grows with the text of the policy and no faster.
constexpr std::size_t kMaxResources = 4;

// Fewer statements with one action are not told apart by their resources.
constexpr std::size_t kMinTree = 8;

// The literal beginning of a pattern, and whether that is all of it.
struct Prefix {
  absl::string_view text;
  bool whole = false;

  friend bool operator==(const Prefix&, const Prefix&) = default;
  friend bool operator<(const Prefix& a, const Prefix& b) {
    return std::tie(a.text, a.whole) < std::tie(b.text, b.whole);
  }
};

Prefix Cut(absl::string_view text, bool whole) {
  if (text.size() <= kMaxPrefix) return {text, whole};
  return {text.substr(0, kMaxPrefix), false};
}

absl::string_view CommonPrefix(absl::string_view a, absl::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  return a.substr(
      0, static_cast<std::size_t>(
             std::mismatch(a.begin(), a.begin() + size, b.begin()).first -
             a.begin()));
}

std::vector<Prefix> ActionPrefixes(const Program& program,
                                   const StatementCode& statement) {
  if (statement.not_action) return {Prefix()};
  std::vector<Prefix> prefixes;
  for (const TextRef ref : program.actions(statement)) {
    const ActionPattern pattern = program.action(ref);
    const absl::string_view text = pattern.text;
    switch (pattern.kind) {
      case ActionPattern::Kind::kAll:
        prefixes.emplace_back();
        break;
      case ActionPattern::Kind::kNothing:
        break;
      case ActionPattern::Kind::kExact:
        prefixes.push_back(Cut(text, true));
        break;
      case ActionPattern::Kind::kGlob:
        prefixes.push_back(
            Cut(text.substr(0, text.find_first_of("*?")), false));
        break;
    }
  }
  return prefixes;
}

Prefix ResourcePrefix(const ResourcePattern& pattern) {
  if (pattern.kind != ResourcePattern::Kind::kArn) return {};
  if (pattern.arn.empty()) return {};
  const Piece first = *pattern.arn.begin();
  if (first.kind != Piece::Kind::kLiteral) return {};
  return Cut(first.text, pattern.arn.IsOnly(Piece::Kind::kLiteral));
}

std::vector<Prefix> ResourcePrefixes(const Program& program,
                                     const StatementCode& statement) {
  if (!statement.has_resource || statement.not_resource) return {Prefix()};
  std::vector<Prefix> prefixes;
  for (const TextRef pattern : program.resources(statement)) {
    prefixes.push_back(ResourcePrefix(program.resource(pattern)));
  }
  if (prefixes.size() <= kMaxResources) return prefixes;
  absl::string_view common = prefixes.front().text;
  for (const Prefix& prefix : prefixes) {
    common = CommonPrefix(common, prefix.text);
  }
  return {{common, false}};
}

}  // namespace

class StatementIndexBuilder {
 public:
  using Value = StatementIndex::Value;
  using Node = StatementIndex::Node;

  void Add(const Program& program) {
    for (const StatementCode& statement : program.statements()) {
      const std::vector<Prefix> resources =
          ResourcePrefixes(program, statement);
      for (const Prefix& action : ActionPrefixes(program, statement)) {
        for (const Prefix& resource : resources) {
          entries_.push_back({action, resource, statements_});
        }
      }
      ++statements_;
    }
  }

  std::unique_ptr<const StatementIndex> Build() && {
    std::sort(entries_.begin(), entries_.end());
    entries_.erase(std::unique(entries_.begin(), entries_.end()),
                   entries_.end());
    index_->root_ = AddTree(Keys(
        entries_, [](const Entry& entry) { return entry.action; },
        [this](absl::Span<const Entry> same) { return AddResources(same); }));
    index_->nodes_.shrink_to_fit();
    index_->first_bytes_.shrink_to_fit();
    index_->lists_.shrink_to_fit();
    return std::move(index_);
  }

 private:
  // A statement under one of its action and one of its resource patterns.
  struct Entry {
    Prefix action;
    Prefix resource;
    std::uint32_t statement;

    friend bool operator==(const Entry&, const Entry&) = default;
    friend bool operator<(const Entry& a, const Entry& b) {
      return std::tie(a.action, a.resource, a.statement) <
             std::tie(b.action, b.resource, b.statement);
    }
  };

  // A text of a tree, with what stands there.
  struct Key {
    absl::string_view text;
    Value begun;
    Value whole;
  };

  // Ordered entries -> ordered keys.  `prefix_of` is by what they are ordered,
  // `value_of` makes a value of the entries with an equal one.
  template <typename PrefixOf, typename ValueOf>
  std::vector<Key> Keys(absl::Span<const Entry> entries, PrefixOf prefix_of,
                        ValueOf value_of) {
    std::vector<Key> keys;
    for (std::size_t begin = 0; begin < entries.size();) {
      const Prefix prefix = prefix_of(entries[begin]);
      std::size_t end = begin;
      while (end < entries.size() && prefix_of(entries[end]) == prefix) ++end;
      if (keys.empty() || keys.back().text != prefix.text) {
        keys.emplace_back().text = prefix.text;
      }
      const Value value = value_of(entries.subspan(begin, end - begin));
      (prefix.whole ? keys.back().whole : keys.back().begun) = value;
      begin = end;
    }
    return keys;
  }

  // The entries of one action.
  Value AddResources(absl::Span<const Entry> entries) {
    if (entries.size() < kMinTree) return AddList(entries);
    Value value;
    value.kind = Value::Kind::kTree;
    value.number = AddTree(Keys(
        entries, [](const Entry& entry) { return entry.resource; },
        [this](absl::Span<const Entry> same) { return AddList(same); }));
    return value;
  }

  Value AddList(absl::Span<const Entry> entries) {
    Value value;
    if (entries.size() == 1) {
      value.kind = Value::Kind::kStatement;
      value.number = entries.front().statement;
      return value;
    }
    std::vector<std::uint32_t>& lists = index_->lists_;
    value.kind = Value::Kind::kList;
    value.number = static_cast<std::uint32_t>(lists.size());
    lists.push_back(static_cast<std::uint32_t>(entries.size()));
    for (const Entry& entry : entries) lists.push_back(entry.statement);
    return value;
  }

  // The number of the root.
  std::uint32_t AddTree(const std::vector<Key>& keys) {
    const std::uint32_t root = AddNodes(1);
    Fill(root, keys, 0);
    return root;
  }

  std::uint32_t AddNodes(std::size_t count) {
    const std::size_t begin = index_->nodes_.size();
    index_->nodes_.resize(begin + count);
    index_->first_bytes_.resize(begin + count);
    return static_cast<std::uint32_t>(begin);
  }

  // Makes a node of keys that are equal up to `depth`.
  void Fill(std::uint32_t number, absl::Span<const Key> keys,
            std::size_t depth) {
    Node node;
    // Ordered texts have in common what the first and the last have.
    const absl::string_view common =
        keys.empty() ? absl::string_view()
                     : CommonPrefix(keys.front().text, keys.back().text);
    const absl::string_view label = common.substr(depth);
    if (!label.empty()) {
      node.label = label.data();
      node.label_size = static_cast<std::uint32_t>(label.size());
      index_->first_bytes_[number] = label.front();
    }
    if (!keys.empty() && keys.front().text.size() == common.size()) {
      node.begun = keys.front().begun;
      node.whole = keys.front().whole;
      keys.remove_prefix(1);
    }
    std::vector<absl::Span<const Key>> children;
    while (!keys.empty()) {
      const char first = keys.front().text[common.size()];
      std::size_t count = 0;
      while (count < keys.size() && keys[count].text[common.size()] == first) {
        ++count;
      }
      children.push_back(keys.subspan(0, count));
      keys.remove_prefix(count);
    }
    node.children_begin = AddNodes(children.size());
    node.children_count = static_cast<std::uint32_t>(children.size());
    index_->nodes_[number] = node;
    for (std::size_t i = 0; i < children.size(); ++i) {
      Fill(node.children_begin + static_cast<std::uint32_t>(i), children[i],
           common.size());
    }
  }

  std::uint32_t statements_ = 0;
  std::vector<Entry> entries_;
  std::unique_ptr<StatementIndex> index_ = std::make_unique<StatementIndex>();
};

bool StatementIndex::PaysFor(const Program& program) {
  const absl::Span<const std::uint16_t> all = program.services();
  if (all.size() > kMaxStatements) return true;
  if (all.size() <= kMaxOfOneService) return false;
  std::vector<std::uint16_t> services(all.begin(), all.end());
  std::sort(services.begin(), services.end());
  // Those of no one service stand first, and are of every request.
  const auto any = std::upper_bound(services.begin(), services.end(), 0);
  std::ptrdiff_t most = 0;
  for (auto begin = any; begin != services.end();) {
    const auto end = std::upper_bound(begin, services.end(), *begin);
    most = std::max(most, end - begin);
    begin = end;
  }
  return any - services.begin() + most >
         static_cast<std::ptrdiff_t>(kMaxOfOneService);
}

std::unique_ptr<const StatementIndex> StatementIndex::Build(
    absl::Span<const Program* const> programs) {
  StatementIndexBuilder builder;
  for (const Program* program : programs) builder.Add(*program);
  return std::move(builder).Build();
}

std::size_t StatementIndex::memory_bytes() const {
  return sizeof(*this) + nodes_.capacity() * sizeof(Node) +
         first_bytes_.capacity() + lists_.capacity() * sizeof(lists_[0]);
}

}  // namespace rolegate
