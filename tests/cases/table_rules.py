"""What conditions mean, and the tables of values: numbers, dates and so on.

IAM User Guide, "Condition operators"; generate_tables.py says the rules.
"""

import base64
import datetime
import decimal
import ipaddress
import operator as compare
import re

from table_cases import (
    ALLOWED, DENIED, EXPLICIT, INVALID, allow, case, deny, policy)


def number(text):
    """A sign, digits and a fraction; exact, whatever the length."""
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        raise ValueError(text)
    return decimal.Decimal(text)


def date(text):
    """Nanoseconds since 1970 of an ISO 8601 date, or of seconds."""
    if re.fullmatch(r"\d+", text):
        return int(text) * 10**9
    parts = re.fullmatch(
        r"(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)"
        r"(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d)))?)?", text.upper())
    if not parts:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, sign, east, more = (
        parts.groups())
    time = datetime.datetime(int(year), int(month), int(day or 1),
                             int(hour or 0), int(minute or 0),
                             int(second or 0))
    offset = datetime.timedelta(hours=int(east or 0), minutes=int(more or 0))
    since = time - datetime.datetime(1970, 1, 1)
    since = since + offset if sign == "-" else since - offset
    return (int(since.total_seconds()) * 10**9 +
            int((fraction or "").ljust(9, "0")))


def boolean(text):
    return {"true": True, "false": False}[text.lower()]


def binary(text):
    return base64.b64decode(text, validate=True)


def address(text):
    """An address; one of IPv4 that is written as IPv6 is of IPv4."""
    if "%" in text:
        raise ValueError(text)
    made = ipaddress.ip_address(text)
    return getattr(made, "ipv4_mapped", None) or made


def network(text):
    """An address, or an address and a prefix whose other bits are ignored."""
    if "%" in text:
        raise ValueError(text)
    return ipaddress.ip_network(text, strict=False)


def arn(text):
    """Six parts, of which the last may have colons."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ValueError(text)
    return parts


def arn_pattern(text):
    return ["*"] * 6 if text == "*" else arn(text)


def like(value, pattern):
    """`*` is any text, `?` one character, the rest itself."""
    return re.fullmatch(
        "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern),
        value, re.DOTALL) is not None


def arns_match(value, pattern):
    return all(map(like, value, pattern))


def same_letters(value, listed):
    return value.casefold() == listed.casefold()


# By operator: how a value is read, how a listed one is, and the comparison.
OPERATORS = {
    "StringEquals": (str, str, compare.eq),
    "StringEqualsIgnoreCase": (str, str, same_letters),
    "StringLike": (str, str, like),
    "NumericEquals": (number, number, compare.eq),
    "DateEquals": (date, date, compare.eq),
    "Bool": (boolean, boolean, compare.eq),
    "BinaryEquals": (binary, binary, compare.eq),
    "IpAddress": (address, network, lambda value, net: value in net),
    "ArnEquals": (arn, arn_pattern, arns_match),
    "ArnLike": (arn, arn_pattern, arns_match),
}
for _kind, _read in (("Numeric", number), ("Date", date)):
    for _name, _order in (("LessThan", compare.lt),
                          ("LessThanEquals", compare.le),
                          ("GreaterThan", compare.gt),
                          ("GreaterThanEquals", compare.ge)):
        OPERATORS[_kind + _name] = (_read, _read, _order)


def as_list(given):
    return given if isinstance(given, list) else [given]


def as_text(given):
    """A number or a boolean of JSON is the text as it is written."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given)


def holds(name, listed, value, denying):
    """Whether a condition holds; ValueError or KeyError if it is invalid.

    `value` is the request's: None for an absent key.
    """
    texts = [as_text(one) for one in as_list(listed)]
    absent = value is None or value == []
    if name == "Null":
        return any([boolean(text) == absent for text in texts])
    every, _, rest = name.rpartition(":")
    if_exists = rest.endswith("IfExists")
    rest = rest.removesuffix("IfExists")
    negated = "Not" in rest
    read, read_listed, matches = OPERATORS[rest.replace("Not", "")]
    patterns = [read_listed(text) for text in texts]
    values = [] if value is None else [as_text(v) for v in as_list(value)]
    if every and not any(values):
        values = []  # nothing but empty texts
    if not values:
        if every == "ForAnyValue":
            return if_exists and value is None
        return every == "ForAllValues" or if_exists or negated
    if len(values) > 1 and not every:
        return denying
    try:
        answers = [any(matches(read(text), pattern) for pattern in patterns)
                   != negated for text in values]
    except (KeyError, ValueError):
        return denying  # of the wrong type
    return any(answers) if every == "ForAnyValue" else all(answers)


def allow_and_deny(name, condition, context, allows, denies):
    """A condition under an Allow, and under a Deny beside an Allow."""
    conditional = {"Condition": condition}
    yield case(f"{name}/allow", ALLOWED if allows else DENIED,
               context=context, identity=[policy(allow(**conditional))])
    yield case(f"{name}/deny", EXPLICIT if denies else ALLOWED,
               context=context,
               identity=[policy(allow(), deny(**conditional))])


def condition_cases(name, operator, listed, value, key="app:k"):
    """One condition on one key, with the answers of `holds`."""
    condition = {operator: {key: listed}}
    context = {} if value is None else {key: value}
    try:
        answers = [holds(operator, listed, value, denying)
                   for denying in (False, True)]
    except (KeyError, ValueError):
        yield case(name, INVALID, context=context,
                   identity=[policy(allow(Condition=condition))])
        return
    yield from allow_and_deny(name, condition, context, *answers)


def value_tables():
    for table in (numbers, dates, addresses, booleans, null, others):
        yield from table()


def numbers():
    for row, value, listed in (
            ("trailing-zeros", "10.000", "10"), ("leading-zeros", "0010", "10"),
            ("plus", "5", "+5"), ("minus-zero", "0", "-0"),
            ("negative", "-1.50", "-1.5"), ("sign", "-5", "5"),
            ("precise", "0.10000000000000000001", "0.1"),
            ("large", "9007199254740992", "9007199254740993"),
            ("json-number", "5", 5), ("json-decimal", "5.50", 5.5)):
        yield from condition_cases(f"numbers/{row}", "NumericEquals", listed,
                                   value)
    yield from condition_cases("numbers/sign-order", "NumericLessThan", "5",
                               "-3")
    for row, text in (("exponent", "1e1"), ("prefix", "10abc"),
                      ("space", " 5"), ("hex", "0x5"), ("point", "5."),
                      ("leading-point", ".5"), ("empty", ""),
                      ("two-signs", "--5"), ("nan", "NaN")):
        yield from wrong(f"numbers/{{}}-{row}", "NumericEquals", text, "5")


def wrong(name, operator, text, right):
    """A text of the wrong type, in the request and in the policy."""
    yield from condition_cases(name.format("request"), operator, as_text(right),
                               text)
    yield from condition_cases(name.format("policy"), operator, text, right)


def dates():
    ten = "2024-05-01T10:00:00Z"
    for row, value, listed in (
            ("lower-case", ten, "2024-05-01t10:00:00z"),
            ("offset-east", ten, "2024-05-01T12:00:00+02:00"),
            ("offset-west", ten, "2024-05-01T04:30-05:30"),
            ("fraction", "2024-05-01T10:00:00.5Z", "2024-05-01T10:00:00.50Z"),
            ("fraction-differs", ten, "2024-05-01T10:00:00.5Z"),
            ("epoch", ten, "1714557600"),
            ("year-is-seconds", "1970-01-01T00:33:44Z", "2024"),
            ("month", "2024-05-01T00:00:00Z", "2024-05"),
            ("year-boundary", "2024-01-01T01:00:00Z",
             "2023-12-31T23:00:00-02:00"),
            ("leap-day", "2024-02-29T00:00Z", "2024-02-29"),
            ("minutes-only", ten, "2024-05-01T10:00Z"),
            ("before-1970", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
            ("epoch-zero", "1970-01-01", "0")):
        yield from condition_cases(f"dates/{row}", "DateEquals", listed, value)
    for row, text in (
            ("no-zone", "2024-05-01T10:00:00"), ("month-13", "2024-13-01"),
            ("30-february", "2024-02-30"), ("hour-24", "2024-05-01T24:00:00Z"),
            ("space", "2024-05-01 10:00:00Z"), ("star", "2024-*"),
            ("no-colon-offset", "2024-05-01T10:00:00+0200"),
            ("ten-digit-fraction", "2024-05-01T10:00:00.1234567890Z"),
            ("text", "soon"), ("empty", "")):
        yield from wrong(f"dates/{{}}-{row}", "DateEquals", text, "2024-05-01")


def addresses():
    for row, value, listed in (
            ("bare", "10.0.0.7", "10.0.0.7"),
            ("bare-other", "10.0.0.8", "10.0.0.7"),
            ("host-bits", "10.0.0.15", "10.0.0.9/29"),
            ("zero", "1.2.3.4", "0.0.0.0/0"),
            ("v6-compressed", "2001:db8::1", "2001:0DB8:0000::/32"),
            ("v6-bare", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("families", "1.2.3.4", "::/0"),
            ("families-other", "::1", "0.0.0.0/0"),
            ("mapped", "::ffff:10.1.2.3", "10.0.0.0/8"),
            ("mapped-hex", "::ffff:a01:203", "10.0.0.0/8"),
            ("not-families", "10.0.0.1", "2001:db8::/32"),
            ("request-zone", "fe80::1%eth0", "10.0.0.0/8"),
            ("request-short", "10.0.0", "10.0.0.0/8"),
            ("request-leading-zero", "010.0.0.1", "10.0.0.0/8"),
            ("request-host", "localhost", "10.0.0.0/8"),
            ("request-octet", "10.0.0.256", "10.0.0.0/8"),
            ("request-empty", "", "10.0.0.0/8"),
            ("policy-prefix-33", "10.0.0.1", "10.0.0.0/33"),
            ("policy-prefix-129", "10.0.0.1", "::/129"),
            ("policy-no-prefix", "10.0.0.1", "10.0.0.0/"),
            ("policy-zone", "10.0.0.1", "fe80::1%eth0"),
            ("policy-star", "10.0.0.1", "10.*"),
            ("policy-short", "10.0.0.1", "10.0/8")):
        yield from condition_cases(f"addresses/{row}", "IpAddress", listed,
                                   value)


def booleans():
    for row, value, listed in (
            ("case", "true", "TRUE"), ("json", True, True),
            ("json-text", "False", False),
            ("list-or", "false", ["true", "false"])):
        yield from condition_cases(f"booleans/{row}", "Bool", listed, value)
    for row, text in (("1", "1"), ("yes", "yes"), ("empty", "")):
        yield from wrong(f"booleans/{{}}-{row}", "Bool", text, True)


def null():
    for row, listed, value in (
            ("true-absent", "true", None), ("true-present", True, "v"),
            ("false-present", "false", "v"), ("false-absent", False, None),
            ("true-empty-list", "true", []), ("false-empty-list", "false", []),
            ("both", ["true", "false"], None),
            ("both-turned", ["false", "true"], None),
            ("empty-text-is-present", "true", ""),
            ("ill-typed-exempt", "false", ["a", "b"]),
            ("policy-yes", "yes", None)):
        yield from condition_cases(f"null/{row}", "Null", listed, value)
    yield from condition_cases("null/if-exists", "NullIfExists", "true", None)


def others():
    """Binary values, ARNs and strings."""
    deep = "arn:aws:x:r:999999999999:s/q:123456789012:f/d"
    pattern = "arn:aws:x:*:123456789012:f/*"
    for row, operator, value, listed in (
            ("binary/equal", "BinaryEquals", "aGVsbG8=", "aGVsbG8="),
            ("binary/different", "BinaryEquals", "aGVsbG8h", "aGVsbG8="),
            ("binary/policy-malformed", "BinaryEquals", None, "%%"),
            ("arns/colon-stop", "ArnLike", deep, pattern),
            ("arns/last-part-colon", "ArnLike", "arn:aws:x:r::f:a/b",
             "arn:aws:x:*:*:f*"),
            ("arns/case", "ArnLike", "arn:aws:x:::f", "arn:aws:x:::F"),
            ("arns/star", "ArnLike", "arn:aws:x:::f", "*"),
            ("arns/question-no-colon", "ArnLike", "arn:aws:x:a:b:c:d",
             "arn:aws:x:a?b:c:d"),
            ("arns/string-like-crosses", "StringLike", deep, pattern),
            ("arns/short-pattern", "ArnLike", "arn:aws:x:::f", "arn:aws:x"),
            ("strings/empty-equals-empty", "StringEquals", "", ""),
            ("strings/no-trim", "StringEquals", "a ", "a"),
            ("strings/star-literal", "StringEquals", "abc", "a*"),
            ("strings/question-literal", "StringEquals", "a?", "a?"),
            ("strings/fold-latin", "StringEqualsIgnoreCase", "é", "É"),
            ("strings/fold-horn", "StringEqualsIgnoreCase", "ơ", "Ơ"),
            ("strings/fold-schwa", "StringEqualsIgnoreCase", "Ə", "ə"),
            ("strings/fold-georgian", "StringEqualsIgnoreCase", "ა", "Ა"),
            ("strings/fold-cherokee", "StringEqualsIgnoreCase", "ꭰ", "Ꭰ"),
            ("strings/fold-deseret", "StringEqualsIgnoreCase", "𐐀", "𐐨"),
            ("strings/fold-accent", "StringEqualsIgnoreCase", "e", "é"),
            ("strings/like-empty", "StringLike", "", "*"),
            ("strings/like-question-empty", "StringLike", "", "?"),
            ("strings/like-umlaut", "StringLike", "Müller", "M?ller"),
            ("strings/no-normalisation", "StringEquals", "e\u0301", "é"),
            ("strings/like-newline", "StringLike", "a\n\nb", "a*b"),
            ("strings/number", "StringEquals", "5", 5),
            ("strings/boolean", "StringEquals", "true", True),
            ("strings/boolean-case", "StringEquals", "True", True),
            ("strings/number-text-kept", "StringEquals", "5.0", "5")):
        yield from condition_cases(row, operator, listed, value)
