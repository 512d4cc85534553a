# usage: cmake -DPROGRAM=kafkascope -DOUT=folder -P described.cmake
foreach(form man bash zsh fish)
  execute_process(COMMAND ${PROGRAM} --lang en describe ${form} OUTPUT_FILE ${OUT}/${form} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND gzip -9 -n -c ${OUT}/man OUTPUT_FILE ${OUT}/kafkascope.1.gz COMMAND_ERROR_IS_FATAL ANY)
