# Thin front for those whose fingers type make; CMake presets do the work.
.PHONY: all test install clean bench dist deb
all:
	cmake --preset default >/dev/null && cmake --build --preset default
test:
	./test
install: all
	cmake --install build
# pprof-c-VERSION.tar.gz of what is committed, and a Debian package; both in build/.
dist:
	mkdir -p build
	version=$$(sed -n 's/^project(pprof-c VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt) && \
	    git archive --prefix=pprof-c-$$version/ -o build/pprof-c-$$version.tar.gz HEAD
deb: all
	cd build && cpack -G DEB
bench: all
	bench/run
clean:
	rm -rf build build-*
