// Writes JSON to a string, with the methods of RapidJSON's writer, but so that
// every text is valid whatever the registry's authors put into it.

#ifndef ROLEGATE_SERVICE_CONSOLE_JSON_WRITER_H_
#define ROLEGATE_SERVICE_CONSOLE_JSON_WRITER_H_

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/json_line.h"

namespace rolegate::service {

class JsonWriter {
 public:
  // Appends to `out`.
  explicit JsonWriter(std::string* out) : out_(*out) {}

  void StartObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void StartArray() { Open('['); }
  void EndArray() { Close(']'); }

  void Key(absl::string_view key) {
    Separate();
    AppendJsonString(key, &out_);
    out_ += ':';
    separate_ = false;
  }

  void String(absl::string_view text) {
    Separate();
    AppendJsonString(text, &out_);
    separate_ = true;
  }
  void String(const char* text, unsigned size) {
    String(absl::string_view(text, size));
  }
  void Int(int value) { Word(absl::StrCat(value)); }
  void Size(std::size_t value) { Word(absl::StrCat(value)); }
  void Bool(bool value) { Word(value ? "true" : "false"); }
  void Null() { Word("null"); }

  // A member of an object.
  void Text(absl::string_view key, absl::string_view value) {
    Key(key);
    String(value);
  }
  void Count(absl::string_view key, std::size_t value) {
    Key(key);
    Size(value);
  }
  void Flag(absl::string_view key, bool value) {
    Key(key);
    Bool(value);
  }

 private:
  void Separate() {
    if (separate_) out_ += ',';
  }
  void Word(absl::string_view word) {
    Separate();
    absl::StrAppend(&out_, word);
    separate_ = true;
  }
  void Open(char bracket) {
    Separate();
    out_ += bracket;
    separate_ = false;
  }
  void Close(char bracket) {
    out_ += bracket;
    separate_ = true;
  }

  std::string& out_;
  bool separate_ = false;  // something stands before what comes next
};

}  // namespace rolegate::service

#endif  // ROLEGATE_SERVICE_CONSOLE_JSON_WRITER_H_
