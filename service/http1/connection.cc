#include "service/http1/connection.h"

#include <utility>

#include "service/answer/peer_class.h"
#include "service/identity/incoming_call.h"

namespace rolegate::service::http1 {
namespace {

using http2::Progress;

constexpr absl::Duration kLinger = absl::Seconds(1);
constexpr std::size_t kMaxDiscarded = std::size_t{64} << 10;
// Reads before others have their turn.
constexpr int kReadsInOneTurn = 4;

}  // namespace

Connection::Connection(const Serving& serving, ConnectionOwner* owner,
                       int listener, int fd)
    : pace_(serving.pace),
      loop_(serving.loop),
      work_(serving.work),
      owner_(owner),
      socket_(serving.loop, fd),
      peer_(http2::PeerOfSocket(fd, listener)),
      protection_(serving.protection),
      tls_(protection_.tls == nullptr ? nullptr : protection_.tls->context()),
      channel_(tls_ == nullptr ? http2::MakePlainChannel(fd)
                               : http2::MakeTlsChannel(fd, tls_.get())),
      session_(serving.handler, &peer_, serving.max_body) {}

void Connection::Start() {
  EndAfter(pace_.request);
  GoOnWithHandshake();
}

void Connection::GoOnWithHandshake() {
  switch (channel_->Handshake().kind) {
    case Progress::Kind::kDone:
      state_ = State::kServing;
      peer_.leaf = channel_->leaf();
      peer_.chain = channel_->chain();
      holds_bytes_ = channel_->holds_bytes();
      Update();
      return;
    case Progress::Kind::kNoTls:
      CountFailure(TlsFailure::kNoTls);
      SendAway();
      return;
    case Progress::Kind::kWantRead:
      AwaitReadable();
      return;
    case Progress::Kind::kWantWrite:
      socket_.AwaitWritable(shared_from_this());
      return;
    case Progress::Kind::kOver:
      CountFailure(channel_->failure());
      // TLS has told the peer why, if there is one.
      channel_ = http2::MakePlainChannel(socket_.fd());
      Linger();
  }
}

void Connection::CountFailure(TlsFailure reason) const {
  protection_.door->Count(
      reason, ClassOfPeer(AddressInPeer(peer_.name), *protection_.gateways));
}

void Connection::SendAway() {
  constexpr absl::string_view kAnswer =
      "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; "
      "charset=utf-8\r\ncontent-length: 44\r\nconnection: close\r\n\r\n"
      "this port speaks HTTP/1.1 within TLS: https\n";
  channel_ = http2::MakePlainChannel(socket_.fd());
  channel_->Write(kAnswer);  // the socket has room for its first bytes
  Linger();
}

void Connection::OnTurn() {
  const std::shared_ptr<Connection> self = shared_from_this();
  GoOnWithHandshake();
}

void Connection::OnReadable() {
  if (state_ == State::kHandshake) {
    loop_->turns().Await(this, peer_.key);  // it signs, and verifies
  } else if (state_ == State::kServing) {
    ReadSome();
  } else if (state_ == State::kLingering) {
    Discard();
  }
}

void Connection::OnWritable() {
  if (state_ == State::kHandshake) {
    GoOnWithHandshake();
  } else if (state_ == State::kServing) {
    Update();
  }
}

void Connection::ReadSome() {
  const Progress read = channel_->Read(loop_->room(), Session::kMaxHead);
  if (read.kind == Progress::Kind::kOver) {
    Close();
    return;
  }
  holds_bytes_ = read.done() && channel_->holds_bytes();
  if (read.done()) session_.Receive({loop_->room(), read.bytes});
  Update();
}

void Connection::Update() {
  while (!session_.output().empty()) {
    Enter(Step::kAnswer);
    const Progress written = channel_->Write(session_.output());
    // TLS is not renegotiated, so that no write waits for something to read.
    if (written.kind == Progress::Kind::kOver ||
        written.kind == Progress::Kind::kWantRead) {
      Close();
      return;
    }
    if (!written.done()) {
      socket_.AwaitWritable(shared_from_this());
      return;
    }
    session_.Sent(written.bytes);
  }
  if (session_.working()) {
    StartWork();
  } else if (session_.done()) {
    Linger();
  } else if (step_ == Step::kAnswer && session_.in_request()) {
    // More came together with the request that was answered.  Others have their
    // turn first.
    Enter(Step::kRequest);
    loop_->Post([self = shared_from_this()] {
      if (self->state_ != State::kServing) return;
      self->session_.GoOn();
      self->Update();
    });
  } else {
    if (step_ == Step::kAnswer) Enter(Step::kIdle);
    if (session_.in_request()) Enter(Step::kRequest);
    if (std::exchange(holds_bytes_, false)) {
      ReadLater();
    } else {
      AwaitReadable();
    }
  }
}

void Connection::ReadLater() {
  loop_->Post([self = shared_from_this()] {
    if (self->state_ == State::kServing) self->ReadSome();
  });
}

void Connection::StartWork() {
  std::function<Answer()> work = session_.TakeWork();
  if (work == nullptr) return;  // it is under way
  Enter(Step::kAnswer);
  work_->Submit([self = shared_from_this(), work = std::move(work)] {
    self->loop_->Post([self, answer = work()] {
      if (self->state_ != State::kServing) return;
      self->session_.Finish(answer);
      self->Update();
    });
  });
}

void Connection::Linger() {
  state_ = State::kLingering;
  channel_->EndWriting();
  EndAfter(kLinger);
  Discard();
}

void Connection::Discard() {
  for (int i = 0; i < kReadsInOneTurn; ++i) {
    const Progress read =
        channel_->Read(loop_->room(), http2::EventLoop::kReadAtOnce);
    discarded_ += read.bytes;
    if (read.kind == Progress::Kind::kOver || discarded_ > kMaxDiscarded) {
      Close();
      return;
    }
    if (!read.done()) break;
  }
  AwaitReadable();
}

void Connection::GoAway() {
  if (state_ != State::kServing && state_ != State::kHandshake) return;
  session_.GoAway();
  if (session_.output().empty() && !session_.working()) Close();
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  Timer::Cancel();
  Turn::Leave();
  channel_.reset();
  socket_.Close();
  owner_->OnClosed(this);
}

void Connection::AwaitReadable() { socket_.AwaitReadable(shared_from_this()); }

void Connection::Enter(Step step) {
  if (std::exchange(step_, step) == step) return;
  switch (step) {
    case Step::kRequest:
      EndAfter(pace_.request);
      return;
    case Step::kAnswer:
      EndAfter(pace_.answer);
      return;
    case Step::kIdle:
      EndAfter(pace_.idle);
  }
}

void Connection::EndAfter(absl::Duration time) {
  loop_->SetTimer(this, MonotonicNow() + ToMonotonic(time));
}

}  // namespace rolegate::service::http1
