#include "service/http1/connection.h"

#include <utility>

namespace rolegate::service::http1 {
namespace {

using http2::Progress;

constexpr absl::Duration kLinger = absl::Seconds(1);
constexpr std::size_t kMaxDiscarded = std::size_t{64} << 10;
// Reads before others have their turn.
constexpr int kReadsInOneTurn = 4;

}  // namespace

Connection::Connection(const Serving& serving, ConnectionOwner* owner, int fd)
    : pace_(serving.pace),
      loop_(serving.loop),
      work_(serving.work),
      owner_(owner),
      socket_(serving.loop, fd),
      channel_(http2::MakePlainChannel(fd)),
      session_(serving.handler, serving.max_body) {}

void Connection::Start() {
  EndAfter(pace_.request);
  AwaitReadable();
}

void Connection::OnReadable() {
  if (state_ == State::kServing) {
    ReadSome();
  } else if (state_ == State::kLingering) {
    Discard();
  }
}

void Connection::OnWritable() {
  if (state_ == State::kServing) Update();
}

void Connection::ReadSome() {
  const Progress read = channel_->Read(loop_->room(), Session::kMaxHead);
  if (read.kind == Progress::Kind::kOver) {
    Close();
    return;
  }
  if (read.done()) session_.Receive({loop_->room(), read.bytes});
  Update();
}

void Connection::Update() {
  while (!session_.output().empty()) {
    Enter(Step::kAnswer);
    const Progress written = channel_->Write(session_.output());
    if (written.kind == Progress::Kind::kOver) {
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
    AwaitReadable();
  }
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
  if (state_ != State::kServing) return;
  session_.GoAway();
  if (session_.output().empty() && !session_.working()) Close();
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  Timer::Cancel();
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
