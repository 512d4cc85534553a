# The licences of Kafkascope and of everything that a build links and carries, a file for each, with a page that lists
# them.
# usage: cmake -DOUT=folder -DPACKAGES="package;…" -DSOURCES="folder;…" -P licenses.cmake
# Packages are Debian packages that are installed; a folder of sources comes from Debian or from its authors.
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT})
set(list "")
function(keep name terms)
  file(COPY_FILE ${terms} ${OUT}/${name}.txt)
  set(list "${list}<li><a href=\"${name}.txt\">${name}</a></li>\n" PARENT_SCOPE)
endfunction()
keep(kafkascope ${CMAKE_CURRENT_LIST_DIR}/../LICENSE)
foreach(package ${PACKAGES})
  keep(${package} /usr/share/doc/${package}/copyright)
endforeach()
foreach(folder ${SOURCES})
  get_filename_component(name ${folder} NAME)
  string(REGEX REPLACE "-src$" "" name ${name})
  foreach(terms debian/copyright LICENSE LICENSE.txt LICENSE.md)
    if(EXISTS ${folder}/${terms})
      keep(${name} ${folder}/${terms})
      break()
    endif()
  endforeach()
  if(NOT EXISTS ${OUT}/${name}.txt)
    message(FATAL_ERROR "${folder} says nothing of its terms")
  endif()
endforeach()
file(WRITE ${OUT}/index.html "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Licences – Kafkascope</title>
</head>
<body>
<h1>Licences</h1>
<p>Kafkascope, what is built into it and what it carries, each with its terms.</p>
<p lang=\"ko\">Kafkascope와 그 안에 들어 있는 라이브러리, 글꼴의 라이선스예요.</p>
<ul>
${list}</ul>
</body>
</html>
")
