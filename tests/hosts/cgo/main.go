// A Go program whose C half leaks. Its own memory is Go's and not malloc's.
package main

// #cgo CFLAGS: -I.. -g -O1
// #include "../leak.h"
import "C"

import (
	"fmt"
	"os"
	"strconv"
)

var kept [][]byte

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	for i := 0; i < count; i++ {
		C.host_leak()
		C.host_use()
		kept = append(kept, make([]byte, 10000))
	}
	fmt.Println("done", len(kept))
	var line string
	fmt.Scanln(&line)
}
