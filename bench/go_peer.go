// The same as go_micro.c, in Go: usage go_peer NAME [rounds [traced]]; and go_peer echo as go_echo.c.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/trace"
	"strconv"
	"sync/atomic"
	"time"
)

const n = 1000000
const batch = 1000

var began time.Time

func tell(name string, count float64) {
	fmt.Printf("%s %.2f\n", name, float64(time.Since(began).Nanoseconds())/count)
}

func yieldMany() {
	for i := 0; i < n; i++ {
		runtime.Gosched()
	}
}

func yield() {
	end := make(chan bool)
	go func() { yieldMany(); end <- true }()
	began = time.Now()
	yieldMany()
	tell("yield", 2*n)
	<-end
}

func spawn() {
	var done int32
	began = time.Now()
	for i := 0; i < n/batch; i++ {
		atomic.StoreInt32(&done, 0)
		for k := 0; k < batch; k++ {
			go func() { atomic.AddInt32(&done, 1) }()
		}
		for atomic.LoadInt32(&done) < batch {
			runtime.Gosched()
		}
	}
	tell("spawn", n)
}

func pingpong() {
	there, back := make(chan uint64), make(chan uint64)
	go func() {
		for v := range there {
			back <- v
		}
	}()
	began = time.Now()
	for i := uint64(0); i < n; i++ {
		there <- i
		<-back
	}
	tell("pingpong", n)
	close(there)
}

func buffered() {
	c := make(chan uint64, 128)
	go func() {
		for i := uint64(0); i < n; i++ {
			c <- i
		}
		close(c)
	}()
	began = time.Now()
	for range c {
	}
	tell("buffered", n)
}

func selectTwo() {
	c, d := make(chan uint64), make(chan uint64)
	produce := func(c chan uint64) {
		for i := uint64(0); i < n; i++ {
			c <- i
		}
	}
	go produce(c)
	go produce(d)
	began = time.Now()
	for i := 0; i < 2*n; i++ {
		select {
		case <-c:
		case <-d:
		}
	}
	tell("select", 2*n)
}

func echo(c net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			c.Close()
			return
		}
		c.Write(buf[:n])
	}
}

func serve() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go echo(c)
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "echo" {
		serve()
		return
	}
	rounds := 1
	if len(os.Args) > 2 {
		rounds, _ = strconv.Atoi(os.Args[2])
	}
	things := map[string]func(){"yield": yield, "spawn": spawn, "pingpong": pingpong,
		"buffered": buffered, "select": selectTwo}
	if len(os.Args) > 3 && trace.Start(io.Discard) == nil {
		defer trace.Stop()
	}
	for i := 0; i < rounds; i++ {
		things[os.Args[1]]()
	}
}
