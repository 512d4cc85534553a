# usage: cmake -DFROM=assets/glossary.json -DOUT=glossary.inc -P glossary.cmake
# Turns the glossary's entries, one per line, into rows of C++: the names of JSON's fields become those of a struct
# (src/words/glossary.h), which takes them in its own order only.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/rows.cmake)
file(READ ${FROM} text)
set(field "\"[a-z]+\": \\[[^]\n]+\\]")
rows_from_lines(rows "${FROM}" "${text}" "(\"[-a-z0-9._]+\"): {(${field}(, ${field})*)}(,?)" "{.key = \\1, \\2}\\4"
  "\"key\": {\"field\": [values], …}")
string(REGEX REPLACE "\"([a-z]+)\": \\[([^]\n]+)\\]" ".\\1 = {\\2}" rows "${rows}")
string(PREPEND rows "// Made from assets/glossary.json by cmake/glossary.cmake.\nconstexpr GlossaryEntry kEntries[] = ")
string(REGEX REPLACE "}\n$" "};\n" rows "${rows}")
file(WRITE ${OUT} "${rows}")
