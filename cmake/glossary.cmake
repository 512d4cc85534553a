# usage: cmake -DFROM=assets/glossary.json -DOUT=glossary.inc -P glossary.cmake
# Turns the glossary's entries, one per line, into rows of C++: the names of JSON's fields become those of a struct
# (src/words/glossary.h), which takes them in its own order only.
cmake_minimum_required(VERSION 3.25)
file(READ ${FROM} text)
set(field "\"[a-z]+\": \\[[^]\n]+\\]")
string(REGEX REPLACE "\n *(\"[-a-z0-9._]+\"): {(${field}(, ${field})*)}(,?)" "\n    {.key = \\1, \\2}\\4" rows "${text}")
string(REGEX REPLACE "\n    {\\.key = \"[^\n]*" "" rest "${rows}")
if(NOT rest MATCHES "^{\n}\n?$")
  string(STRIP "${rest}" rest)
  string(SUBSTRING "${rest}" 0 300 rest)
  message(FATAL_ERROR "${FROM}: each line must be  \"key\": {\"field\": [values], …},  and is not here: ${rest}")
endif()
string(REGEX REPLACE "\"([a-z]+)\": \\[([^]\n]+)\\]" ".\\1 = {\\2}" rows "${rows}")
string(PREPEND rows "// Made from assets/glossary.json by cmake/glossary.cmake.\nconstexpr GlossaryEntry kEntries[] = ")
string(REGEX REPLACE "}\n$" "};\n" rows "${rows}")
file(WRITE ${OUT} "${rows}")
