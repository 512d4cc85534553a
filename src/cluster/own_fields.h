// Holds the struct with the fields of a verb. Command stores it without knowing its type.
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
  /// Returns the value if a T is stored, otherwise nullptr.
  template <class T>
  const T* get_if() const {
    const auto* box = dynamic_cast<const Box<T>*>(box_.get());
    return box == nullptr ? nullptr : &box->value;
  }
  /// An empty one equals a default-constructed value.
  friend bool operator==(const OwnFields& a, const OwnFields& b) {
    if (a.box_ == b.box_) return true;
    if (a.box_ == nullptr) return b.box_->is_default();
    return b.box_ == nullptr ? a.box_->is_default() : a.box_->equals(*b.box_);
  }

 private:
  struct Any {
    virtual ~Any() = default;
    virtual bool equals(const Any& other) const = 0;
    virtual bool is_default() const = 0;
  };
  template <class T>
  struct Box final : Any {
    explicit Box(const T& v) : value(v) {}
    bool equals(const Any& other) const override {
      const auto* same = dynamic_cast<const Box*>(&other);
      return same != nullptr && same->value == value;
    }
    bool is_default() const override { return value == T{}; }
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
