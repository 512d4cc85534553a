# What is installed, and the packages made from it (scripts/package): a .deb by CPack; the tar.xz takes the same files
# and a few libraries.
include(GNUInstallDirs)

# The tar.xz has a folder for the libraries that not every system has; a system's package has none.
set_target_properties(kafkascope PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/kafkascope")
install(TARGETS kafkascope RUNTIME)
install(DIRECTORY scenarios courses DESTINATION ${CMAKE_INSTALL_DATADIR}/kafkascope)
# The scenarios that the rows of docs/delivery-semantics.md open; files.cpp finds them by their ids.
file(GLOB rows CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/stories/delivery-*.json)
install(FILES ${rows} tests/stories/transform-in-transactions.json DESTINATION ${CMAKE_INSTALL_DATADIR}/kafkascope/delivery)
install(FILES assets/scenario.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/kafkascope)
install(FILES assets/kafkascope.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
install(FILES assets/desktop/kafkascope.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES assets/desktop/kafkascope.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages)
# The copyright file refers to the system's copy of Apache-2.0; the tar.xz has LICENSE instead
install(FILES assets/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
# The licences of what is compiled in; the tar.xz adds those of the libraries and fonts that it carries. (Only Debian
# and Ubuntu keep them in this place.)
foreach(package libimgui-dev nlohmann-json3-dev libcli11-dev python3-glad)
  install(FILES /usr/share/doc/${package}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR}/licenses RENAME ${package}.txt OPTIONAL)
endforeach()
install(FILES README.md README.ko.md docs/scenario-format.md docs/changes.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The manual page and the completions are the program's own description of its command line.
set(described ${PROJECT_BINARY_DIR}/described)
add_custom_command(
  OUTPUT ${described}/kafkascope.1.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${described}
  COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:kafkascope> -DOUT=${described} -P ${PROJECT_SOURCE_DIR}/cmake/described.cmake
  DEPENDS kafkascope cmake/described.cmake
  COMMENT "Manual page and completions")
add_custom_target(package_files DEPENDS ${described}/kafkascope.1.gz)
if(LINUX)
  # The system whose libraries a .deb needs: debian12, ubuntu24.04. Its changelog names it, too.
  cmake_host_system_information(RESULT system QUERY DISTRIB_INFO)
  set(CPACK_DEBIAN_PACKAGE_RELEASE ${system_ID}${system_VERSION_ID})
  file(STRINGS assets/debian/changelog.in newest LIMIT_COUNT 1)
  if(NOT newest MATCHES "^kafkascope \\(${PROJECT_VERSION}-")
    message(FATAL_ERROR "assets/debian/changelog.in does not begin with version ${PROJECT_VERSION}: ${newest}")
  endif()
  configure_file(assets/debian/changelog.in ${described}/changelog @ONLY)
  add_custom_command(OUTPUT ${described}/changelog.Debian.gz
    COMMAND gzip -9 -n -c ${described}/changelog > ${described}/changelog.Debian.gz
    DEPENDS ${described}/changelog)
  add_custom_target(package_changelog DEPENDS ${described}/changelog.Debian.gz)
  add_dependencies(package_files package_changelog)
  install(FILES ${described}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
endif()
install(FILES ${described}/kafkascope.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES ${described}/bash RENAME kafkascope DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions OPTIONAL)
install(FILES ${described}/zsh RENAME _kafkascope DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions OPTIONAL)
install(FILES ${described}/fish RENAME kafkascope.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d OPTIONAL)

set(CPACK_PACKAGE_NAME kafkascope)
set(CPACK_PACKAGE_VENDOR "The Kafkascope authors")
set(CPACK_PACKAGE_CONTACT "The Kafkascope authors <kafkascope@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Apache Kafka's nodes, simulated, with a dashboard")
set(CPACK_PACKAGE_DESCRIPTION "Brokers, controllers, producers and consumers with the logic of real ones run
as deterministic simulated nodes. Crash a leader, cut a link, fill a disk, and
watch what happens; rewind and try again. With lessons, in English and Korean.")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION education)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Opened by name, so that shlibdeps does not see them: OpenGL, its drivers, the fonts.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libgl1, libgl1-mesa-dri, fonts-nanum")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "ffmpeg")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
