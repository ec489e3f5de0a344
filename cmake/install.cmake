# make install: the tool, the library, its headers and a pkg-config file.
include(GNUInstallDirs)
configure_file(cmake/libpprof.pc.in libpprof.pc @ONLY)
install(TARGETS pprof_so LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_BINARY_DIR}/libpprof.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/pprof DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/libpprof.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(PPROF_TOOL)
  install(TARGETS pprof RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES docs/man/pprof.1 docs/man/pprof-run.1 docs/man/pprof-ps.1 docs/man/pprof-leaks.1
          docs/man/pprof-attach.1
          DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
install(FILES docs/man/libpprof.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
