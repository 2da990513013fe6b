#include "engine/program/piece.h"

namespace rolegate {

void Template::Append(const Piece& piece, std::string* bytes) {
  bytes->push_back(static_cast<char>(static_cast<unsigned>(piece.kind) |
                                     (piece.has_default ? kHasDefault : 0)));
  if (piece.kind == Piece::Kind::kVariable) AppendVarint(piece.key, bytes);
  if (piece.kind == Piece::Kind::kLiteral || piece.has_default) {
    AppendVarint(piece.text.size(), bytes);
    bytes->append(piece.text.data(), piece.text.size());
  }
}

void Template::Finish(std::size_t pieces, bool has_variables, char* first) {
  if (pieces == 0) return;
  *first = static_cast<char>(static_cast<unsigned char>(*first) |
                             (pieces == 1 ? kIsOnly : 0) |
                             (has_variables ? kHasVariables : 0));
}

}  // namespace rolegate
