// Keys by their position on a US keyboard, so that they work while a Hangul input method is on. Values are GLFW's.
#pragma once

namespace kafkascope::ui {

enum Key : int {
  kKeySpace = 32,
  kKeyComma = 44,
  kKeyMinus = 45,
  kKeyPeriod = 46,
  kKeySlash = 47,
  kKey0 = 48,
  kKey1 = 49,
  kKey9 = 57,
  kKeyEqual = 61,
  kKeyA = 65,
  kKeyB = 66,
  kKeyC = 67,
  kKeyE = 69,
  kKeyF = 70,
  kKeyG = 71,
  kKeyI = 73,
  kKeyK = 75,
  kKeyL = 76,
  kKeyM = 77,
  kKeyN = 78,
  kKeyO = 79,
  kKeyP = 80,
  kKeyR = 82,
  kKeyS = 83,
  kKeyT = 84,
  kKeyU = 85,
  kKeyV = 86,
  kKeyW = 87,
  kKeyX = 88,
  kKeyY = 89,
  kKeyZ = 90,
  kKeyEscape = 256,
  kKeyEnter = 257,
  kKeyTab = 258,
  kKeyBackspace = 259,
  kKeyDelete = 261,
  kKeyRight = 262,
  kKeyLeft = 263,
  kKeyDown = 264,
  kKeyUp = 265,
  kKeyPageUp = 266,
  kKeyPageDown = 267,
  kKeyHome = 268,
  kKeyEnd = 269,
  kKeyF1 = 290,
  kKeyF5 = 294,
  kKeyF11 = 300,
  kKeyKpEnter = 335,
  kKeyLeftShift = 340,
  kKeyLeftControl = 341,
  kKeyRightShift = 344,
  kKeyRightControl = 345
};

struct KeyPress {
  int key = 0;
  bool ctrl = false, shift = false, alt = false, repeat = false;
};

}  // namespace kafkascope::ui
