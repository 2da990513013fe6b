#include "engine/program/statement_index_builder.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"

namespace rolegate {
namespace {

// Longer prefixes are shortened.  That bounds the depth of the trees, and calls
// a few statements too many at worst.
constexpr std::size_t kMaxPrefix = 256;

// A statement with more resources than these, or with more pairs of an action
// and a resource, stands under what its resources have in common, so that the
// index grows with the text of the policy and no faster.
constexpr std::size_t kMaxResources = 4;
constexpr std::size_t kMaxPairs = 256;

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

Prefix Shorten(absl::string_view text, bool whole) {
  if (text.size() <= kMaxPrefix) return {text, whole};
  return {text.substr(0, kMaxPrefix), false};
}

absl::string_view CommonPrefix(absl::string_view a, absl::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  std::size_t common = 0;
  // Eight bytes at a time, for a hostile policy has long ones in common.
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  while (common + kWord <= size &&
         std::memcmp(a.data() + common, b.data() + common, kWord) == 0) {
    common += kWord;
  }
  while (common < size && a[common] == b[common]) ++common;
  return a.substr(0, common);
}

// Leaves out each prefix that begins with another one, whose statements are
// called anyway, so that no statement is called twice for one request.
std::vector<Prefix> WithoutCovered(std::vector<Prefix> prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  std::vector<Prefix> shortest;
  for (const Prefix& prefix : prefixes) {
    const bool covered =
        !shortest.empty() &&
        (shortest.back() == prefix ||
         (!shortest.back().whole &&
          absl::StartsWith(prefix.text, shortest.back().text)));
    if (!covered) shortest.push_back(prefix);
  }
  return shortest;
}

std::vector<Prefix> ActionPrefixes(StatementView statement) {
  if (statement.not_action()) return {Prefix()};
  std::vector<Prefix> prefixes;
  for (const ActionView pattern : statement.actions()) {
    const absl::string_view text = pattern.text();
    switch (pattern.kind()) {
      case ActionKind::kAll:
        prefixes.emplace_back();
        break;
      case ActionKind::kNothing:
        break;
      case ActionKind::kExact:
        prefixes.push_back(Shorten(text, true));
        break;
      case ActionKind::kGlob:
        prefixes.push_back(
            Shorten(text.substr(0, text.find_first_of("*?")), false));
        break;
    }
  }
  return WithoutCovered(std::move(prefixes));
}

Prefix ResourcePrefix(ResourceView pattern) {
  if (pattern.kind() != ResourceKind::kArn || pattern.arn().empty()) return {};
  const PieceView first = *pattern.arn().begin();
  if (first.kind() != PieceKind::kLiteral) return {};
  return Shorten(first.text(), pattern.arn().IsOnly(PieceKind::kLiteral));
}

std::vector<Prefix> ResourcePrefixes(StatementView statement) {
  if (!statement.has_resource() || statement.not_resource()) return {Prefix()};
  std::vector<Prefix> prefixes;
  for (const ResourceView pattern : statement.resources()) {
    prefixes.push_back(ResourcePrefix(pattern));
  }
  return WithoutCovered(std::move(prefixes));
}

// The one prefix that all of them begin with.
std::vector<Prefix> CommonOf(const std::vector<Prefix>& prefixes) {
  absl::string_view common = prefixes.front().text;
  for (const Prefix& prefix : prefixes) {
    common = CommonPrefix(common, prefix.text);
  }
  return {{common, false}};
}

// The beginnings of all statements, each distinct one with a number that orders
// as they do: what is sorted afterwards are numbers.
class PrefixNumbers {
 public:
  // Those of the next statement.
  void Add(const std::vector<Prefix>& prefixes) {
    all_.insert(all_.end(), prefixes.begin(), prefixes.end());
    ends_.push_back(all_.size());
  }

  // After all were added.
  void Order() {
    // The first bytes of a text, which usually decide the order of two texts.
    struct Beginning {
      std::uint64_t bytes;
      std::uint32_t index;
    };
    std::vector<Beginning> order;
    order.reserve(all_.size());
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
      order.push_back({BeginningOf(all_[i].text), i});
    }
    std::sort(order.begin(), order.end(),
              [&](const Beginning& a, const Beginning& b) {
                return a.bytes != b.bytes
                           ? a.bytes < b.bytes
                           : RestIsLess(all_[a.index], all_[b.index]);
              });
    numbers_.resize(all_.size());
    for (const Beginning& next : order) {
      const Prefix& prefix = all_[next.index];
      if (distinct_.empty() || !(distinct_.back() == prefix)) {
        distinct_.push_back(prefix);
      }
      numbers_[next.index] = static_cast<std::uint32_t>(distinct_.size() - 1);
    }
  }

  absl::Span<const std::uint32_t> OfStatement(std::size_t statement) const {
    const std::size_t begin = statement == 0 ? 0 : ends_[statement - 1];
    return absl::MakeConstSpan(numbers_).subspan(begin,
                                                 ends_[statement] - begin);
  }
  const Prefix& operator[](std::uint32_t number) const {
    return distinct_[number];
  }
  std::size_t size() const { return distinct_.size(); }

 private:
  static constexpr std::size_t kBeginning = sizeof(std::uint64_t);

  // Whether `a` comes before `b`, whose beginnings are equal: of two that are
  // no longer than these the longer one ends with zeros.
  static bool RestIsLess(const Prefix& a, const Prefix& b) {
    const std::size_t size = a.text.size();
    const std::size_t other = b.text.size();
    if (size > kBeginning || other > kBeginning) return a < b;
    return size != other ? size < other : a.whole < b.whole;
  }

  static std::uint64_t BeginningOf(absl::string_view text) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < kBeginning; ++i) {
      bytes = bytes << 8 |
              (i < text.size() ? static_cast<unsigned char>(text[i]) : 0u);
    }
    return bytes;
  }

  std::vector<Prefix> all_;
  std::vector<std::size_t> ends_;  // of the statements
  std::vector<std::uint32_t> numbers_;
  std::vector<Prefix> distinct_;
};

}  // namespace

class StatementIndexBuilder {
 public:
  using Value = StatementIndex::Value;
  using Node = StatementIndex::Node;

  void Add(const Program& program) {
    for (const StatementView statement : program.statements()) {
      const std::vector<Prefix> actions = ActionPrefixes(statement);
      std::vector<Prefix> resources = ResourcePrefixes(statement);
      if (resources.size() > kMaxResources ||
          (resources.size() > 1 &&
           actions.size() * resources.size() > kMaxPairs)) {
        resources = CommonOf(resources);
      }
      actions_.Add(actions);
      resources_.Add(resources);
      pairs_ += actions.size() * resources.size();
      ++statements_;
    }
  }

  std::unique_ptr<const StatementIndex> Build() && {
    actions_.Order();
    resources_.Order();
    std::vector<Entry> entries;
    entries.reserve(pairs_);
    for (std::uint32_t i = 0; i < statements_; ++i) {
      for (const std::uint32_t action : actions_.OfStatement(i)) {
        for (const std::uint32_t resource : resources_.OfStatement(i)) {
          entries.push_back({action, resource, i});
        }
      }
    }
    // Orders the entries by action, then by resource, then by statement.
    Order(&Entry::resource, resources_.size(), &entries);
    Order(&Entry::action, actions_.size(), &entries);
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    index_->root_ = AddTree(Keys(
        entries, actions_, &Entry::action,
        [this](absl::Span<const Entry> same) { return AddResources(same); }));
    index_->nodes_.shrink_to_fit();
    index_->first_bytes_.shrink_to_fit();
    index_->lists_.shrink_to_fit();
    return std::move(index_);
  }

 private:
  // A statement under one of its action and one of its resource patterns, by
  // their numbers.
  struct Entry {
    std::uint32_t action;
    std::uint32_t resource;
    std::uint32_t statement;

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  // Orders by a member whose numbers are below `count`, and leaves equal ones
  // in the order that they have: it takes a step for each of both.
  static void Order(std::uint32_t Entry::*number, std::size_t count,
                    std::vector<Entry>* entries) {
    std::vector<std::size_t> places(count + 1);
    for (const Entry& entry : *entries) ++places[entry.*number + 1];
    std::partial_sum(places.begin(), places.end(), places.begin());
    std::vector<Entry> ordered(entries->size());
    for (const Entry& entry : *entries) {
      ordered[places[entry.*number]++] = entry;
    }
    *entries = std::move(ordered);
  }

  // A text of a tree, with what stands there.
  struct Key {
    absl::string_view text;
    Value begun;
    Value whole;
  };

  // Ordered entries -> ordered keys.  `number` is by what they are ordered,
  // `value_of` makes a value of the entries with an equal one.
  template <typename ValueOf>
  static std::vector<Key> Keys(absl::Span<const Entry> entries,
                               const PrefixNumbers& prefixes,
                               std::uint32_t Entry::*number, ValueOf value_of) {
    std::vector<Key> keys;
    for (std::size_t begin = 0; begin < entries.size();) {
      const std::uint32_t same = entries[begin].*number;
      std::size_t end = begin;
      while (end < entries.size() && entries[end].*number == same) ++end;
      const Prefix& prefix = prefixes[same];
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
    value.number = AddTree(
        Keys(entries, resources_, &Entry::resource,
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
    const absl::string_view label =
        keys.empty() ? absl::string_view()
                     : CommonPrefix(keys.front().text.substr(depth),
                                    keys.back().text.substr(depth));
    const std::size_t end = depth + label.size();
    if (!label.empty()) {
      node.label = label.data();
      node.label_size = static_cast<std::uint32_t>(label.size());
      index_->first_bytes_[number] = label.front();
    }
    if (!keys.empty() && keys.front().text.size() == end) {
      node.begun = keys.front().begun;
      node.whole = keys.front().whole;
      keys.remove_prefix(1);
    }
    std::vector<absl::Span<const Key>> children;
    while (!keys.empty()) {
      const std::size_t count = SameAt(end, keys);
      children.push_back(keys.subspan(0, count));
      keys.remove_prefix(count);
    }
    node.children_begin = AddNodes(children.size());
    node.children_count = static_cast<std::uint32_t>(children.size());
    index_->nodes_[number] = node;
    for (std::size_t i = 0; i < children.size(); ++i) {
      Fill(node.children_begin + static_cast<std::uint32_t>(i), children[i],
           end);
    }
  }

  // How many of the ordered keys have the first one's byte at `place`, in steps
  // that grow with the logarithm of the answer.
  static std::size_t SameAt(std::size_t place, absl::Span<const Key> keys) {
    const char first = keys.front().text[place];
    const auto is_same = [&](const Key& key) {
      return key.text[place] == first;
    };
    std::size_t known = 1;
    std::size_t step = 1;
    while (known + step <= keys.size() && is_same(keys[known + step - 1])) {
      known += step;
      step *= 2;
    }
    const auto* const begin = keys.data() + known;
    const auto* const end = keys.data() + std::min(known + step, keys.size());
    return known + static_cast<std::size_t>(
                       std::partition_point(begin, end, is_same) - begin);
  }

  std::uint32_t statements_ = 0;
  std::size_t pairs_ = 0;
  PrefixNumbers actions_;
  PrefixNumbers resources_;
  std::unique_ptr<StatementIndex> index_ = std::make_unique<StatementIndex>();
};

bool IsWorthIndexing(const Program& program) {
  const absl::Span<const std::uint16_t> all = program.services();
  constexpr std::size_t kMaxOfOneService = StatementIndex::kMaxOfOneService;
  if (all.size() > StatementIndex::kMaxStatements) return true;
  if (all.size() <= kMaxOfOneService) return false;
  std::vector<std::uint16_t> services(all.begin(), all.end());
  std::sort(services.begin(), services.end());
  // Statements of no one service stand first, and can be of every request.
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

std::unique_ptr<const StatementIndex> BuildStatementIndex(
    absl::Span<const Program* const> programs) {
  StatementIndexBuilder builder;
  for (const Program* program : programs) builder.Add(*program);
  return std::move(builder).Build();
}

}  // namespace rolegate
