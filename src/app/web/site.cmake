# The files of the site beside the program's own; index.html is told how much there is to load.
file(SIZE ${SITE}/kafkascope.wasm WASM_BYTES)
file(SIZE ${SITE}/kafkascope.data DATA_BYTES)
configure_file(${FROM}/index.html ${SITE}/index.html @ONLY)
file(COPY ${FROM}/page.js ${FROM}/page.css DESTINATION ${SITE})
file(COPY_FILE ${FROM}/../../../assets/kafkascope.svg ${SITE}/icon.svg)
