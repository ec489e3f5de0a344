# Thin front for those whose fingers type make; CMake presets do the work.
.PHONY: all test install clean bench
all:
	cmake --preset default >/dev/null && cmake --build --preset default
test:
	./test
install: all
	cmake --install build
bench: all
	bench/run
clean:
	rm -rf build build-*
