# make install: the tool, the library, its headers and a pkg-config file.
include(GNUInstallDirs)
# Where the package lies is where its .pc file says, whatever prefix it was unpacked at.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(PP_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH PP_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  set(PP_PC_PREFIX "\${pcfiledir}/${PP_PC_PREFIX}")
endif()
configure_file(cmake/libpprof.pc.in libpprof.pc @ONLY)
install(TARGETS pprof_so LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_BINARY_DIR}/libpprof.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
# gdb loads what is named after the library, under its own tree, by itself.
install(FILES share/gdb/libpprof-gdb.py RENAME libpprof.so.${PROJECT_VERSION}-gdb.py
        DESTINATION ${CMAKE_INSTALL_DATADIR}/gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR})
install(DIRECTORY include/pprof DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/libpprof.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(PPROF_TOOL)
  install(TARGETS pprof RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  file(GLOB PP_PAGES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.1)
  install(FILES ${PP_PAGES} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
file(GLOB PP_LIBRARY_PAGES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.3)
install(FILES ${PP_LIBRARY_PAGES} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)

# The packages: `make deb`, `make dist` (Makefile).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pprof-c)
set(CPACK_PACKAGE_VENDOR pprof-c)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "profiles of running C and C++ programs, and the tool that reads them")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF) # our own frames are told from the program's by their section
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "pprof-c maintainers <maintainers@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libdw1, libcurl4, libcapstone4, libisal2")
include(CPack)
