#include "service/http2/connection.h"

#include <algorithm>
#include <random>
#include <utility>

#include "service/http2/peer.h"

namespace rolegate::service::http2 {
namespace {

constexpr std::size_t kSendAtOnce = std::size_t{32} << 10;
// Reads before others have their turn.
constexpr int kReadsInOneTurn = 4;
constexpr std::chrono::seconds kLinger{1};
// More than a client that keeps to its windows has on the way.
constexpr std::size_t kMaxDiscarded = std::size_t{256} << 10;

// A tenth more or less, so that connections that were made together do not all
// go together.
MonotonicTime::duration Around(absl::Duration age) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_real_distribution<double> part(0.9, 1.1);
  return ToMonotonic(std::min(age, absl::Hours(24 * 365)) * part(random));
}

}  // namespace

Connection::Connection(const ConnectionShared& shared, EventLoop* loop,
                       ConnectionOwner* owner, int listener, int fd)
    : shared_(shared),
      loop_(loop),
      owner_(owner),
      socket_(loop, fd),
      peer_(std::make_shared<Peer>(
          PeerOfSocket(fd, listener, shared.address, *shared.gateways))),
      tls_(shared.tls == nullptr ? nullptr : shared.tls->context()),
      channel_(shared.tls == nullptr ? MakePlainChannel(fd)
                                     : MakeTlsChannel(fd, tls_.get())),
      old_(since_ + Around(shared.session.limits->max_age)) {}

void Connection::Start() {
  ScheduleLook();
  GoOnWithHandshake();
}

void Connection::GoOnWithHandshake() {
  switch (channel_->Handshake().kind) {
    case Progress::Kind::kDone:
      if (channel_->agreed()) {
        Serve();
      } else {
        Refuse(Expected::kAlpn);
      }
      return;
    case Progress::Kind::kNoTls:
      door().Count(TlsFailure::kNoTls, peer_->kind);
      channel_ = MakePlainChannel(socket_.fd());
      Refuse(Expected::kTls);
      return;
    case Progress::Kind::kWantRead:
      AwaitReadable();
      return;
    case Progress::Kind::kWantWrite:
      AwaitWritable();
      return;
    case Progress::Kind::kOver:
      door().Count(channel_->failure(), peer_->kind);
      // TLS has told the client why.  It would lose the alert if the socket
      // were closed while what it sent is not read.
      channel_ = MakePlainChannel(socket_.fd());
      Linger();
  }
}

void Connection::Serve() {
  state_ = State::kServing;
  peer_->leaf = channel_->leaf();
  peer_->chain = channel_->chain();
  // Whom a certificate names is known call by call.
  if (shared_.gateways->names_principals() && !peer_->leaf.empty()) {
    peer_->gateway = true;
  }
  session_.emplace(shared_.session, loop_, peer_,
                   static_cast<SessionOwner*>(this));
  if (channel_->holds_bytes()) {
    ReadSome();
  } else {
    Update();
  }
}

void Connection::Refuse(Expected expected) {
  state_ = State::kRefusing;
  expected_ = expected;
  HearRefused();
}

void Connection::HearRefused() {
  const Progress read = channel_->Read(loop_->room(), EventLoop::kReadAtOnce);
  if (read.done()) {
    SendAway(ProtocolOf({loop_->room(), read.bytes}));
  } else if (read.kind == Progress::Kind::kOver) {
    Close();
  } else {
    AwaitReadable();
  }
}

void Connection::SendAway(Protocol sent) {
  door().Count(ConnectionEnd::kForeign, peer_->kind);
  owner_->OnForeign(*peer_, sent, expected_);
  const std::string refusal = RefusalOf(sent, expected_);
  if (refusal.empty()) {
    Close();
    return;
  }
  // It is the first that is sent, and the socket has room for it.
  absl::string_view rest = refusal;
  if (Send(&rest)) Linger();
}

void Connection::OnReadable() {
  awaits_readable_ = false;
  if (state_ == State::kHandshake) {
    loop_->turns().Await(this, peer_->key);  // it signs, and verifies
  } else if (state_ == State::kRefusing) {
    HearRefused();
  } else if (state_ == State::kServing) {
    ReadSome();
  } else if (state_ == State::kLingering) {
    Discard();
  }
}

void Connection::OnWritable() {
  awaits_writable_ = false;
  if (state_ == State::kHandshake) {
    GoOnWithHandshake();
  } else if (state_ == State::kServing) {
    Update();
  }
}

void Connection::ReadSome() {
  busy_ = true;
  bool more = true;
  for (int i = 0; more && i < kReadsInOneTurn; ++i) {
    const Progress read = channel_->Read(loop_->room(), EventLoop::kReadAtOnce);
    if (read.kind == Progress::Kind::kOver) {
      Close();
      return;
    }
    if (!read.done()) break;
    heard_ = MonotonicNow();
    if (!session_->Receive({loop_->room(), read.bytes})) {
      if (session_->sent() == Protocol::kHttp2) {
        EndFor(ConnectionEnd::kBroken);
      } else {
        SendAway(session_->sent());
      }
      return;
    }
    more = channel_->holds_bytes();
    if (more) Flush();
    if (state_ != State::kServing) return;
    if (!unsent_.empty()) break;
  }
  busy_ = false;
  Update();
}

void Connection::Update() {
  if (state_ != State::kServing) return;
  busy_ = true;
  Flush();
  busy_ = false;
  if (state_ != State::kServing) return;
  if (session_->gone()) TellGone();
  if (!unsent_.empty()) {
    AwaitWritable();
  } else if (session_->done()) {
    Linger();
    return;
  } else if (channel_->holds_bytes()) {
    if (!std::exchange(posted_, true)) {
      loop_->Post([self = shared_from_this()] {
        self->posted_ = false;
        if (self->state_ == State::kServing) self->ReadSome();
      });
    }
  } else {
    AwaitReadable();
  }
  ScheduleLook();
}

void Connection::Flush() {
  absl::string_view rest = unsent_;
  if (!rest.empty()) {
    if (!Send(&rest)) return;
    unsent_.erase(0, unsent_.size() - rest.size());
    if (!unsent_.empty()) return;
    std::string().swap(unsent_);  // with its memory
    shared_.sending->Release(this);
  }
  std::string& output = loop_->output();
  for (;;) {
    output.clear();
    while (output.size() < kSendAtOnce) {
      const absl::string_view frame = session_->Output();
      if (frame.empty()) break;
      output.append(frame.data(), frame.size());
    }
    if (output.empty()) return;
    rest = output;
    if (!Send(&rest)) return;
    if (rest.empty()) continue;
    unsent_.assign(rest.data(), rest.size());
    if (!shared_.sending->Hold(this, peer_->key, unsent_.size(),
                               MonotonicNow())) {
      EndFor(ConnectionEnd::kMemory);
    }
    return;
  }
}

bool Connection::Send(absl::string_view* bytes) {
  while (!bytes->empty()) {
    const Progress written = channel_->Write(*bytes);
    if (written.kind == Progress::Kind::kOver) {
      Close();
      return false;
    }
    if (!written.done()) {
      if (!stalled_.has_value()) {
        stalled_ = MonotonicNow();
        door().CountStall(peer_->kind);
      }
      return true;
    }
    bytes->remove_prefix(written.bytes);
    stalled_.reset();
  }
  return true;
}

void Connection::Linger() {
  state_ = State::kLingering;
  session_.reset();
  TellGone();
  channel_->EndWriting();
  lingers_until_ = MonotonicNow() + kLinger;
  ScheduleLook();
  Discard();
}

void Connection::Discard() {
  for (int i = 0; i < kReadsInOneTurn; ++i) {
    const Progress read = channel_->Read(loop_->room(), EventLoop::kReadAtOnce);
    if (read.kind == Progress::Kind::kOver) {
      Close();
      return;
    }
    if (!read.done()) break;
    discarded_ += read.bytes;
    if (discarded_ > kMaxDiscarded) {
      Close();
      return;
    }
  }
  AwaitReadable();
}

void Connection::TellGone() {
  if (!std::exchange(told_gone_, true)) owner_->OnGone();
}

void Connection::BeginGoAway() {
  if (session_.has_value() && session_->greeted()) {
    if (session_->BeginGoAway()) {
      door().Count(service::GoAway::kStop, peer_->kind);
    }
  } else {
    GoAway();
  }
}

void Connection::GoAway() {
  if (session_.has_value()) {
    session_->GoAway();
  } else if (state_ == State::kHandshake || state_ == State::kRefusing) {
    Close();
  }
}

void Connection::EndFor(ConnectionEnd reason) {
  if (state_ != State::kClosed) door().Count(reason, peer_->kind);
  Close();
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  Timer::Cancel();
  Turn::Leave();
  session_.reset();
  shared_.sending->Release(this);
  channel_.reset();
  socket_.Close();
  TellGone();
  owner_->OnClosed(this);
}

void Connection::OnOutput() {
  if (busy_ || std::exchange(posted_, true)) return;
  loop_->Post([self = shared_from_this()] {
    self->posted_ = false;
    self->Update();
  });
}

void Connection::OnTakenBack() {
  // Somebody else's answers take the place of those that wait here.
  loop_->Post([self = weak_from_this()] {
    if (const auto connection = self.lock()) {
      connection->EndFor(ConnectionEnd::kMemory);
    }
  });
}

void Connection::AwaitReadable() {
  if (std::exchange(awaits_readable_, true)) return;
  socket_.AwaitReadable(shared_from_this());
}

void Connection::AwaitWritable() {
  if (std::exchange(awaits_writable_, true)) return;
  socket_.AwaitWritable(shared_from_this());
}

void Connection::OnTurn() {
  const std::shared_ptr<Connection> self = shared_from_this();
  GoOnWithHandshake();
}

void Connection::OnTime() {
  const std::shared_ptr<Connection> self = shared_from_this();
  looks_at_ = MonotonicTime::max();
  LookAtTimes(MonotonicNow());
  if (state_ != State::kClosed) ScheduleLook();
}

void Connection::LookAtTimes(MonotonicTime now) {
  const auto passed = [now](MonotonicTime since, absl::Duration time) {
    return now - since >= ToMonotonic(time);
  };
  if (state_ == State::kLingering) {
    if (now >= lingers_until_) Close();
    return;
  }
  if (!session_.has_value() || !session_->greeted()) {
    if (passed(since_, limits().handshake_timeout)) {
      EndFor(ConnectionEnd::kHandshakeTime);
    }
    return;
  }
  if (session_->headers_since().has_value() &&
      passed(*session_->headers_since(), limits().handshake_timeout)) {
    EndFor(ConnectionEnd::kHeadersTime);
    return;
  }
  if (stalled_.has_value() && passed(*stalled_, limits().send_timeout)) {
    EndFor(ConnectionEnd::kUnsentTime);
    return;
  }
  if (passed(old_, limits().age_grace)) {
    EndFor(ConnectionEnd::kAge);
    return;
  }
  if (now >= old_ && session_->BeginGoAway()) {
    door().Count(service::GoAway::kAge, peer_->kind);
  }
  if (!session_->awaits_pong()) {
    if (passed(heard_, limits().keepalive_time)) {
      pinged_ = now;
      session_->Ping();
    }
  } else if (passed(std::max(heard_, pinged_), limits().keepalive_timeout)) {
    EndFor(ConnectionEnd::kNoPong);
  }
}

MonotonicTime Connection::NextLook() const {
  const auto after = [](MonotonicTime since, absl::Duration time) {
    return since + ToMonotonic(std::min(time, absl::Hours(24 * 365)));
  };
  if (state_ == State::kLingering) return lingers_until_;
  if (!session_.has_value() || !session_->greeted()) {
    return after(since_, limits().handshake_timeout);
  }
  MonotonicTime next =
      MonotonicNow() < old_ ? old_ : after(old_, limits().age_grace);
  next = std::min(
      next, session_->awaits_pong()
                ? after(std::max(heard_, pinged_), limits().keepalive_timeout)
                : after(heard_, limits().keepalive_time));
  if (stalled_.has_value()) {
    next = std::min(next, after(*stalled_, limits().send_timeout));
  }
  if (session_->headers_since().has_value()) {
    next = std::min(
        next, after(*session_->headers_since(), limits().handshake_timeout));
  }
  return next;
}

void Connection::ScheduleLook() {
  // A look that comes too early looks again.
  const MonotonicTime next = NextLook();
  if (next >= looks_at_) return;
  looks_at_ = next;
  loop_->SetTimer(this, next);
}

}  // namespace rolegate::service::http2
