# usage: cmake -DFROM=assets/words -DOUT=catalogues.inc -P words.cmake
# Turns the catalogues' entries, one per line, into rows of C++: a JSON string is also a C++ string as long as only
# \" \\ \n \t are escaped.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/rows.cmake)
set(out "// Made from assets/words by cmake/words.cmake.\n")
foreach(lang en ko)
  file(READ ${FROM}/${lang}.json text)
  string(REPLACE "\\\\" "" escapes "${text}")
  string(REGEX MATCH "\\\\[^\"nt]" escape "${escapes}")
  if(escape)
    message(FATAL_ERROR "${FROM}/${lang}.json: '${escape}' is escaped; only \\\", \\\\, \\n and \\t may be (docs/translating.md)")
  endif()
  rows_from_lines(rows "${FROM}/${lang}.json" "${text}" "(\"[-a-z0-9._]+\"): (\"[^\n]*\")(,?)" "{\\1, \\2}\\3" "\"key\": \"pattern\"")
  string(APPEND out "constexpr Row k_${lang}[] = ${rows};\n")
endforeach()
string(REGEX REPLACE "}\n;" "};" out "${out}")
file(WRITE ${OUT} "${out}")
