// Holds the struct of a verb that declares its own fields. Command stores it without knowing its type.
#pragma once
#include <cassert>
#include <memory>

namespace kafkascope::cluster {

/// A value of some struct T with ==, or empty. Copies share the value; editing one makes a private copy.
class OwnFields {
 public:
  /// Returns the value, or a default-constructed one if empty. Asking for a type other than the stored one is a
  /// programming error.
  template <class T>
  const T& get() const {
    static const T kFresh{};
    return box_ == nullptr ? kFresh : held<T>();
  }
  /// Returns the value for modification.
  template <class T>
  T& edit() {
    if (box_ == nullptr || box_.use_count() > 1) box_ = std::make_shared<Box<T>>(get<T>());
    return const_cast<T&>(held<T>());  // no other OwnFields shares it
  }
  friend bool operator==(const OwnFields& a, const OwnFields& b) {
    if (a.box_ == b.box_) return true;
    return a.box_ != nullptr && b.box_ != nullptr && a.box_->equals(*b.box_);
  }

 private:
  struct Any {
    virtual ~Any() = default;
    virtual bool equals(const Any& other) const = 0;
  };
  template <class T>
  struct Box final : Any {
    explicit Box(const T& v) : value(v) {}
    bool equals(const Any& other) const override {
      const auto* same = dynamic_cast<const Box*>(&other);
      return same != nullptr && same->value == value;
    }
    T value;
  };
  template <class T>
  const T& held() const {
    assert(dynamic_cast<const Box<T>*>(box_.get()) != nullptr);
    return static_cast<const Box<T>&>(*box_).value;
  }

  std::shared_ptr<const Any> box_;
};

}  // namespace kafkascope::cluster
