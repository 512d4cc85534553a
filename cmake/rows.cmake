# Turns a JSON object with one member per line into rows of C++.

# Replaces each line that matches `line` by "\n    " and `row`; anything that is left beside the braces is an error that names `form`.
function(rows_from_lines rows file text line row form)
  string(REGEX REPLACE "\n *${line}" "\n    ${row}" made "${text}")
  string(REGEX REPLACE "\n    {[^\n]*" "" rest "${made}")
  if(NOT rest MATCHES "^{\n}\n?$")
    string(STRIP "${rest}" rest)
    string(SUBSTRING "${rest}" 0 300 rest)
    message(FATAL_ERROR "${file}: each line must be  ${form},  and is not here: ${rest}")
  endif()
  set(${rows} "${made}" PARENT_SCOPE)
endfunction()
