#include "tests/oracle/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <regex>

namespace rolegate_oracle {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

std::vector<std::string> Split(const std::string& text, char separator,
                               std::size_t max_parts) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator && parts.size() < max_parts) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::u32string CodePoints(const std::string& text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t size = lead >= 0xF0   ? 4
                       : lead >= 0xE0 ? 3
                       : lead >= 0xC0 ? 2
                                      : 1;
    if (i + size > text.size()) size = 1;
    char32_t point = 0;
    for (std::size_t k = 0; k < size; ++k) {
      point = point << 8 | static_cast<unsigned char>(text[i + k]);
    }
    out += point;  // its bytes, not its number: enough to compare
    i += size;
  }
  return out;
}

bool IsNumber(const std::string& text) {
  static const std::regex form("[+-]?[0-9]+(\\.[0-9]+)?");
  return std::regex_match(text, form);
}

std::optional<int> CompareNumbers(const std::string& a, const std::string& b) {
  if (!IsNumber(a) || !IsNumber(b)) return std::nullopt;
  struct Parts {
    bool negative = false;
    std::string integer, fraction;
  };
  const auto parse = [](std::string text) {
    Parts parts;
    if (text[0] == '+' || text[0] == '-') {
      parts.negative = text[0] == '-';
      text.erase(0, 1);
    }
    const auto pieces = Split(text, '.', 2);
    parts.integer = pieces[0];
    parts.fraction = pieces.size() > 1 ? pieces[1] : "";
    while (!parts.integer.empty() && parts.integer[0] == '0') {
      parts.integer.erase(0, 1);
    }
    while (!parts.fraction.empty() && parts.fraction.back() == '0') {
      parts.fraction.pop_back();
    }
    if (parts.integer.empty() && parts.fraction.empty()) parts.negative = false;
    return parts;
  };
  const Parts x = parse(a);
  const Parts y = parse(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int sign = 0;
  if (x.integer.size() != y.integer.size()) {
    sign = x.integer.size() < y.integer.size() ? -1 : 1;
  } else if (x.integer != y.integer) {
    sign = x.integer < y.integer ? -1 : 1;
  } else if (x.fraction != y.fraction) {
    sign = x.fraction < y.fraction ? -1 : 1;
  }
  return x.negative ? -sign : sign;
}

std::optional<Moment> ParseDate(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text.find_first_of("-Tt") == std::string::npos) {
    if (text.size() > 18 ||
        !std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c); })) {
      return std::nullopt;
    }
    return Moment(std::stoll(text), 0);
  }
  static const std::regex form(
      "([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[Tt]([0-9]{2}):([0-9]{2})"
      "(?::([0-9]{2})(?:\\.([0-9]{1,9}))?)?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}"
      ")"
      "))?)?)?");
  std::smatch m;
  if (!std::regex_match(text, m, form)) return std::nullopt;
  const auto number = [&](std::size_t group, int otherwise) {
    return m[group].matched ? std::stoi(m[group]) : otherwise;
  };
  const int year = number(1, 0), month = number(2, 1), day = number(3, 1);
  const int hour = number(4, 0), minute = number(5, 0), second = number(6, 0);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 ||
      second > 59 || number(10, 0) > 23 || number(11, 0) > 59) {
    return std::nullopt;
  }
  const auto is_leap = [](int y) {
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  };
  static const int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto days_of = [&](int y, int mo) {
    return kDays[mo - 1] + (mo == 2 && is_leap(y) ? 1 : 0);
  };
  if (day > days_of(year, month)) return std::nullopt;
  std::int64_t days = 0;
  for (int y = 1970; y < year; ++y) days += is_leap(y) ? 366 : 365;
  for (int y = year; y < 1970; ++y) days -= is_leap(y) ? 366 : 365;
  for (int mo = 1; mo < month; ++mo) days += days_of(year, mo);
  days += day - 1;
  std::int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second;
  if (m[9].matched) {
    const int offset = number(10, 0) * 3600 + number(11, 0) * 60;
    seconds += m[9] == "+" ? -offset : offset;
  }
  std::string fraction = m[7].matched ? m[7].str() : "";
  fraction.resize(9, '0');
  return Moment(seconds, std::stoll(fraction));
}

std::optional<bool> ParseBool(const std::string& text) {
  if (Lower(text) == "true") return true;
  if (Lower(text) == "false") return false;
  return std::nullopt;
}

std::optional<std::string> ParseBase64(const std::string& text) {
  static const std::string kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  unsigned bits = 0;
  int held = 0;
  const std::size_t end = text.find('=');
  const std::string body = text.substr(0, end);
  if (text.size() - body.size() > 2) return std::nullopt;
  if (end != std::string::npos &&
      text.substr(end).find_first_not_of('=') != std::string::npos) {
    return std::nullopt;
  }
  for (char c : body) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string::npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  return out;
}

std::optional<std::string> ParseAddress(const std::string& text) {
  unsigned char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) {
    return std::string(reinterpret_cast<char*>(bytes), 4);
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes) != 1) return std::nullopt;
  const std::string address(reinterpret_cast<char*>(bytes), 16);
  // An IPv4 address in IPv6's clothes is that IPv4 address.
  static const std::string kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  return StartsWith(address, kMapped) ? address.substr(12) : address;
}

std::optional<bool> NetworkHolds(const std::string& network,
                                 const std::string& address) {
  const auto parts = Split(network, '/', 2);
  const auto base = ParseAddress(parts[0]);
  const auto other = ParseAddress(address);
  if (!base) return std::nullopt;
  std::size_t prefix = base->size() * 8;
  if (parts.size() == 2) {
    if (parts[1].empty() || parts[1].size() > 3 ||
        parts[1].find_first_not_of("0123456789") != std::string::npos ||
        std::stoul(parts[1]) >
            (parts[0].find(':') == std::string::npos ? 32 : 128)) {
      return std::nullopt;
    }
    prefix = std::stoul(parts[1]);
    // Written as an IPv6 network, an IPv4 one; a shorter prefix than the
    // mapping's own reaches beyond IPv4 and holds no IPv4 address.
    if (base->size() == 4 && parts[0].find(':') != std::string::npos) {
      if (prefix < 96) return std::nullopt;
      prefix -= 96;
    }
  }
  if (!other || other->size() != base->size()) return false;
  for (std::size_t bit = 0; bit < prefix; ++bit) {
    const int shift = 7 - static_cast<int>(bit % 8);
    if (((*base)[bit / 8] >> shift & 1) != ((*other)[bit / 8] >> shift & 1)) {
      return false;
    }
  }
  return true;
}

}  // namespace rolegate_oracle
