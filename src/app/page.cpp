#include "app/page.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "app/drawing.h"

namespace kafkascope::app {

namespace {

std::string escape(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string base64(const std::string& bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned v = 0;
    for (std::size_t k = 0; k < 3; ++k) v = v << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() || k < 2 ? kAlphabet[v >> (18 - 6 * k) & 63] : '=';
  }
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string paragraphs(const std::string& text) {
  std::string out = "<p>";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\n\n") == 0) {
      out += "</p><p>";
      ++i;
    } else {
      out += escape(std::string(1, text[i]));
    }
  }
  return out + "</p>";
}

std::string both(const ui::Words& w, bool block) {
  const auto one = [&](const char* lang, const std::string& text) {
    return fmt::format("<{0} lang=\"{1}\">{2}</{0}>", block ? "div" : "span", lang, block ? paragraphs(text) : escape(text));
  };
  return one("en", w.en) + one("ko", w.ko.empty() ? w.en : w.ko);
}

constexpr const char* kHead = R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body{font:17px/1.6 system-ui,sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#121b2a;background:#f2f5fa}
h1{line-height:1.2}section{background:#fff;border:1px solid #d6deea;border-radius:8px;padding:1em 1.4em;margin:1.2em 0}
img{width:100%;border:1px solid #d6deea;border-radius:6px}time{color:#0a5cb3;font-variant-numeric:tabular-nums}
.ask{border-left:4px solid #0a5cb3}.right{color:#006b4b;font-weight:700}table td{padding:.1em 1em .1em 0}td:first-child{text-align:right;font-variant-numeric:tabular-nums}
body.en [lang=ko],body.ko [lang=en]{display:none}button{font:inherit;padding:.3em .9em;margin-right:.4em}</style></head>
<body class="en"><script>if(navigator.language.indexOf('ko')===0)document.body.className='ko'</script>
<button onclick="document.body.className='en'">English</button><button onclick="document.body.className='ko'">한국어</button>
)";

}  // namespace

std::string lesson_page(Player& player, std::string& error) {
  namespace fs = std::filesystem;
  const scenario::Scenario& s = player.session().scenario();
  std::ostringstream page;
  page << kHead << "<h1>" << both(words(s.title), false) << "</h1>" << both(words(s.summary), true);

  scenario::Session ahead(player.session().scenario_ptr());
  ahead.run_to_end();
  for (const char* lang : {"en", "ko"}) {
    const bool korean = std::string_view(lang) == "ko";
    page << "<div lang=\"" << lang << "\">";
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
      const scenario::Step& step = s.steps[i];
      const scenario::StepResult& r = ahead.step_results()[i];
      if (!r.happened || (!step.say && !step.ask)) continue;
      const auto text = [&](const scenario::Text& t) { return korean && !t.ko.empty() ? t.ko : t.en; };
      page << "<section" << (step.ask ? " class=\"ask\"" : "") << "><time>" << fmt::format("{:.3f} s", static_cast<double>(r.at.us) / 1e6) << "</time>";
      if (step.ask) {
        page << "<h3>" << escape(text(step.ask->question)) << "</h3><ol>";
        for (std::size_t c = 0; c < step.ask->choices.size(); ++c)
          page << "<li" << (static_cast<int>(c) == step.ask->answer ? " class=\"right\"" : "") << ">" << escape(text(step.ask->choices[c].text)) << "</li>";
        page << "</ol>" << paragraphs(text(step.ask->why)) << "</section>";
        continue;
      }
      page << paragraphs(text(*step.say));
      // What the step shows is a moment later: its act has begun to work.
      player.seek(r.at + (step.command ? sim::milliseconds(400) : sim::microseconds(0)));
      const fs::path file = fs::temp_directory_path() / fmt::format("kafkascope-{}-{}.png", getpid(), i);
      DrawOptions d;
      d.width = 1280;
      d.height = 720;
      d.korean = korean;
      const Picture picture = draw_png(player, d, file.string());
      if (!picture.ok) {
        error = picture.error;
        return {};
      }
      std::ifstream in(file, std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      std::error_code ignored;
      fs::remove(file, ignored);
      page << "<img alt=\"\" src=\"data:image/png;base64," << base64(bytes.str()) << "\"></section>";
    }
    const observe::ClusterView world(ahead.cluster());
    const observe::ProducerCounts p = ahead.observation().ledger().total(world);
    const auto row = [&](std::int64_t n, const char* en, const char* ko) { page << "<tr><td>" << n << "</td><td>" << (korean ? ko : en) << "</td></tr>"; };
    page << "<section><table>";
    row(p.produced, "produced", "보냄");
    row(p.acked, "acked", "ack 받음");
    row(p.failed, "failed", "실패");
    row(p.in_doubt, "in doubt", "결과 모름");
    row(p.lost_acked, "lost, though acked", "ack 받고 유실");
    row(p.lost_unacked, "lost, never acked", "ack 없이 유실");
    row(p.duplicated, "duplicated", "중복");
    page << "</table><small>trace hash " << ahead.final_hash() << "</small></section></div>";
  }
  page << "</body></html>\n";
  return page.str();
}

}  // namespace kafkascope::app
