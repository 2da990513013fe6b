#include "client/cli/replay_report.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/json_output.h"
#include "client/cli/terminal.h"
#include "engine/text/plural.h"
#include "engine/text/printable.h"

namespace rolegate::cli {
namespace {

// RapidJSON escapes what JSON demands; all else that is not ASCII follows, so
// that nothing of a log reaches a terminal as it is.
using SafePage = rapidjson::PrettyWriter<rapidjson::StringBuffer,
                                         rapidjson::UTF8<>, rapidjson::ASCII<>>;

std::string Whole(double estimate) {
  return absl::StrFormat("%.0f", std::round(estimate));
}

// "12", or with sampling "12 (about 120)".
std::string Counted(std::uint64_t count, double estimate, bool sampled) {
  return sampled ? absl::StrCat(count, " (about ", Whole(estimate), ")")
                 : absl::StrCat(count);
}

absl::string_view Heading(const Flip& flip) {
  if (flip.is_newly_allowed()) return "newly allowed";
  if (flip.is_newly_denied()) return "newly denied";
  return "otherwise denied";
}

Colour ColourOf(const Flip& flip) {
  if (flip.is_newly_allowed()) return Colour::kYellow;
  return flip.is_newly_denied() ? Colour::kRed : Colour::kGreen;
}

std::string OrSeveral(absl::string_view text) {
  return text.empty() ? "(several)" : Printable(text);
}

absl::string_view CauseText(FlipCause cause) {
  switch (cause) {
    case FlipCause::kRegistry:
      return "";
    case FlipCause::kRevision:
      return "not by this change: the baseline decides so, too, and another "
             "revision decided the record";
    case FlipCause::kEnvironment:
      return "not by this change: the same revision decided the record, so the "
             "log does not hold everything that it was decided by";
  }
  return "";
}

std::vector<const Flip*> Shown(const Replay& replay, const ReplayFrame& frame) {
  std::vector<const Flip*> flips = replay.Flips();
  if (frame.max_groups > 0 && flips.size() > frame.max_groups) {
    flips.resize(frame.max_groups);
  }
  return flips;
}

std::string Hidden(const Replay& replay, const ReplayFrame& frame) {
  const std::size_t all = replay.Flips().size();
  if (frame.max_groups == 0 || all <= frame.max_groups) return "";
  return absl::StrCat("and ", Count(all - frame.max_groups, "more group"),
                      ": `--max-groups 0` shows all");
}

std::string FlipText(const Flip& flip, bool sampled) {
  std::string text =
      absl::StrCat(InColour(ColourOf(flip), Heading(flip)), "  ",
                   Counted(flip.count, flip.estimate, sampled), "  ",
                   OrSeveral(flip.principal), "  ", OrSeveral(flip.action),
                   "  ", OrSeveral(flip.resource), "\n");
  absl::StrAppend(&text, "    was ", VerdictName(flip.was.verdict), ": ",
                  Printable(SideText(flip.was)), "\n    is  ",
                  VerdictName(flip.is.verdict), ": ",
                  Printable(SideText(flip.is)), "\n    ", ShowTime(flip.first));
  if (flip.last != flip.first) {
    absl::StrAppend(&text, " to ", ShowTime(flip.last));
  }
  absl::StrAppend(&text, ", first ", Printable(flip.example), "\n");
  if (flip.cause != FlipCause::kRegistry) {
    absl::StrAppend(&text, "    ", CauseText(flip.cause), "\n");
  }
  return text;
}

// Markdown reads HTML's entities as text, so that neither a cell of a table nor
// a link, an image or markup begins or ends there.
std::string Entities(absl::string_view text) {
  std::string html;
  for (const char c : text) {
    if (absl::ascii_ispunct(static_cast<unsigned char>(c)) &&
        !absl::StrContains("/-.,", c)) {
      absl::StrAppend(&html, "&#", static_cast<int>(c), ";");
    } else {
      html += c;
    }
  }
  return html;
}

// A text of a log or a registry as code, which nothing in it can end.
std::string Code(absl::string_view text) {
  const std::string shown = Printable(text);
  if (shown.empty()) return "";
  // A backslash before a bar is read in various ways, and backticks end code.
  if (shown.find_first_of("`|\\") == std::string::npos) {
    return absl::StrCat("`", shown, "`");
  }
  return absl::StrCat("<code>", Entities(shown), "</code>");
}

std::string CodeOrSeveral(absl::string_view text) {
  return text.empty() ? "(several)" : Code(text);
}

std::string SideCell(const FlipSide& side) {
  if (side.index < 0) {
    return side.note.empty() ? "no statement" : Code(side.note);
  }
  return absl::StrCat(
      side.sid.empty() ? absl::StrCat("statement ", side.index)
                       : Code(side.sid),
      " of ", Code(side.policy),
      side.file.empty()
          ? ""
          : absl::StrCat(
                " (",
                Code(absl::StrCat(side.file, side.line > 0
                                                 ? absl::StrCat(":", side.line)
                                                 : "")),
                ")"));
}

// The lines below the flips; without them nobody knows what a replay is worth.
// `show` makes texts of the log harmless.
std::vector<std::string> Summary(const Replay& replay, const ReplayFrame& frame,
                                 std::string (*show)(absl::string_view)) {
  const ReplayTotals& totals = replay.totals();
  const bool sampled = totals.is_sampled;
  std::vector<std::string> lines;
  lines.push_back(absl::StrCat(
      Counted(totals.decided, totals.decided_estimate, sampled),
      " decided again: ", totals.same, " the same, ", totals.flipped(),
      " flipped (",
      Counted(totals.newly_allowed, totals.newly_allowed_estimate, sampled),
      " newly allowed, ",
      Counted(totals.newly_denied, totals.newly_denied_estimate, sampled),
      " newly denied, ",
      Counted(totals.otherwise_denied, totals.otherwise_denied_estimate,
              sampled),
      " otherwise denied)"));
  if (sampled) {
    lines.emplace_back(
        "the log is sampled: what `about` says is an estimate by "
        "`sample_rate`");
  }
  if (totals.settled > 0) {
    lines.push_back(absl::StrCat(totals.settled,
                                 " of the same: no policy had a say in them"));
  }
  if (totals.unlike_baseline > 0) {
    lines.push_back(
        absl::StrCat(totals.unlike_baseline,
                     " decided by the baseline otherwise than the log says"));
  }
  for (std::size_t i = 0; i < kObstacleCount; ++i) {
    const Undecided& each = totals.undecided[i];
    if (each.count == 0) continue;
    lines.push_back(absl::StrCat(
        each.count, " not decided: ", ObstacleText(static_cast<Obstacle>(i)),
        " (first ", show(each.first_place),
        each.first_missing.empty()
            ? ""
            : absl::StrCat(": ", show(each.first_missing)),
        ")"));
  }
  if (replay.has_forgotten()) {
    lines.emplace_back(
        "some sessions or contexts were forgotten, for there were too many: "
        "replay the log in parts");
  }
  if (frame.unreadable > 0) {
    lines.push_back(absl::StrCat(Count(frame.unreadable, "line"),
                                 " not read, as standard error says"));
  }
  for (const auto& [kind, count] : totals.other_kinds) {
    lines.push_back(absl::StrCat(count, " of kind `", kind,
                                 "`, which no registry decides"));
  }
  if (totals.lost > 0) {
    lines.push_back(absl::StrCat(Count(totals.lost, "record"),
                                 " lost before they were written, as the log "
                                 "says"));
  }
  if (totals.decided > 0 && totals.allows == 0) {
    lines.emplace_back(
        "no decision of the log allows: with `audit.decisions: denied` a log "
        "cannot show what would be newly denied");
  }
  return lines;
}

void WriteSide(SafePage& writer, const char* name, const FlipSide& side) {
  writer.Key(name);
  writer.StartObject();
  WriteMember(writer, "decision", VerdictName(side.verdict));
  if (side.index >= 0) {
    writer.Key("statement");
    writer.StartObject();
    WriteMember(writer, "policy", side.policy);
    WriteMember(writer, "sid", side.sid);
    writer.Key("index");
    writer.Int(side.index);
    WriteMember(writer, "file", side.file);
    if (side.line > 0) {
      writer.Key("line");
      writer.Int(side.line);
    }
    writer.EndObject();
  }
  if (!side.note.empty()) WriteMember(writer, "note", side.note);
  writer.EndObject();
}

void WriteCount(SafePage& writer, const char* name, std::uint64_t count) {
  writer.Key(name);
  writer.Uint64(count);
}

void WriteFlip(SafePage& writer, const Flip& flip) {
  writer.StartObject();
  WriteMember(writer, "principal", flip.principal);
  WriteMember(writer, "action", flip.action);
  WriteMember(writer, "resource", flip.resource);
  WriteSide(writer, "was", flip.was);
  WriteSide(writer, "is", flip.is);
  WriteMember(writer, "cause", FlipCauseName(flip.cause));
  WriteCount(writer, "count", flip.count);
  writer.Key("estimated_count");
  writer.Double(flip.estimate);
  WriteMember(writer, "first", ShowTime(flip.first));
  WriteMember(writer, "last", ShowTime(flip.last));
  WriteMember(writer, "first_decision_id", flip.example);
  writer.EndObject();
}

void WriteTotals(SafePage& writer, const Replay& replay,
                 const ReplayFrame& frame) {
  const ReplayTotals& totals = replay.totals();
  writer.StartObject();
  WriteCount(writer, "lines", frame.lines);
  WriteCount(writer, "decided", totals.decided);
  WriteCount(writer, "same", totals.same);
  WriteCount(writer, "settled_without_policies", totals.settled);
  WriteCount(writer, "flipped", totals.flipped());
  WriteCount(writer, "newly_allowed", totals.newly_allowed);
  WriteCount(writer, "newly_denied", totals.newly_denied);
  WriteCount(writer, "otherwise_denied", totals.otherwise_denied);
  WriteCount(writer, "flipped_by_registry", totals.by_registry);
  WriteCount(writer, "unlike_baseline", totals.unlike_baseline);
  writer.Key("is_sampled");
  writer.Bool(totals.is_sampled);
  WriteCount(writer, "not_decided", totals.not_decided());
  writer.Key("not_decided_by_reason");
  writer.StartObject();
  for (std::size_t i = 1; i < kObstacleCount; ++i) {
    WriteCount(writer, ObstacleName(static_cast<Obstacle>(i)).data(),
               totals.undecided[i].count);
  }
  writer.EndObject();
  WriteCount(writer, "unreadable_lines", frame.unreadable);
  writer.Key("other_kinds");
  writer.StartObject();
  for (const auto& [kind, count] : totals.other_kinds) {
    WriteCount(writer, kind.c_str(), count);
  }
  writer.EndObject();
  WriteCount(writer, "lost_records", totals.lost);
  writer.Key("has_forgotten");
  writer.Bool(replay.has_forgotten());
  writer.EndObject();
}

}  // namespace

std::string ReplayText(const Replay& replay, const ReplayFrame& frame) {
  std::string text;
  for (const Flip* flip : Shown(replay, frame)) {
    text += FlipText(*flip, replay.totals().is_sampled);
  }
  const std::string hidden = Hidden(replay, frame);
  if (!hidden.empty()) absl::StrAppend(&text, hidden, "\n");
  for (const std::string& line : Summary(replay, frame, &Printable)) {
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

std::string ReplayMarkdown(const Replay& replay, const ReplayFrame& frame) {
  const bool sampled = replay.totals().is_sampled;
  const std::vector<const Flip*> flips = Shown(replay, frame);
  std::string text;
  if (!flips.empty()) {
    text +=
        "| | count | principal | action | resource | was | is |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n";
  }
  for (const Flip* flip : flips) {
    absl::StrAppend(
        &text, "| ", Heading(*flip), " | ",
        Counted(flip->count, flip->estimate, sampled), " | ",
        CodeOrSeveral(flip->principal), " | ", CodeOrSeveral(flip->action),
        " | ", CodeOrSeveral(flip->resource), " | ",
        VerdictName(flip->was.verdict), ": ", SideCell(flip->was), " | ",
        VerdictName(flip->is.verdict), ": ", SideCell(flip->is),
        flip->cause == FlipCause::kRegistry
            ? ""
            : absl::StrCat("; ", CauseText(flip->cause)),
        " |\n");
  }
  if (!flips.empty()) text += "\n";
  const std::string hidden = Hidden(replay, frame);
  if (!hidden.empty()) absl::StrAppend(&text, "- ", hidden, "\n");
  for (const std::string& line : Summary(replay, frame, &Code)) {
    absl::StrAppend(&text, "- ", line, "\n");
  }
  return text;
}

std::string ReplayJson(const Replay& replay, const ReplayFrame& frame) {
  rapidjson::StringBuffer buffer;
  SafePage writer(buffer);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  WriteMember(writer, "registry_revision", frame.revision);
  WriteMember(writer, "baseline_revision", frame.baseline_revision);
  writer.Key("flips");
  writer.StartArray();
  for (const Flip* flip : Shown(replay, frame)) WriteFlip(writer, *flip);
  writer.EndArray();
  writer.Key("totals");
  WriteTotals(writer, replay, frame);
  writer.EndObject();
  return absl::StrCat(buffer.GetString(), "\n");
}

}  // namespace rolegate::cli
