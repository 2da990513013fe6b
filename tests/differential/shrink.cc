#include "tests/differential/shrink.h"

#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace rolegate::testing {
namespace {

using rapidjson::SizeType;
using rapidjson::Value;

std::string Print(const Value& json) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  json.Accept(writer);
  return buffer.GetString();
}

// Takes out the `which`-th member or element, counted in depth-first order.
bool Remove(Value& json, int* which) {
  if (json.IsObject()) {
    for (auto it = json.MemberBegin(); it != json.MemberEnd(); ++it) {
      if ((*which)-- == 0) {
        json.EraseMember(it);
        return true;
      }
      if (Remove(it->value, which)) return true;
    }
  } else if (json.IsArray()) {
    for (auto it = json.Begin(); it != json.End(); ++it) {
      if ((*which)-- == 0) {
        json.Erase(it);
        return true;
      }
      if (Remove(*it, which)) return true;
    }
  }
  return false;
}

}  // namespace

std::string Shrink(const std::string& json,
                   const std::function<bool(const std::string&)>& fails) {
  std::string smallest = json;
  for (int at = 0;;) {
    rapidjson::Document document;
    document.Parse(smallest.c_str());
    int which = at;
    if (!Remove(document, &which)) return smallest;
    const std::string smaller = Print(document);
    if (fails(smaller)) {
      smallest = smaller;  // what follows has moved to this place
    } else {
      ++at;
    }
  }
}

}  // namespace rolegate::testing
