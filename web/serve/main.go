// Serve serves the page from the repository's root and opens a browser:
//
//	go run ./web/serve -port 8080
package main

import (
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("serve: ")
	port := flag.Int("port", 8080, "port; a free one is taken if it is in use")
	dir := flag.String("dir", ".", "folder to serve")
	open := flag.Bool("open", true, "open a browser where there is one")
	flag.Parse()
	if *port < 0 || *port > 65535 {
		log.Fatalf("-port %d: want 0 to 65535", *port)
	}
	if _, err := os.Stat(*dir + "/index.html"); err != nil {
		log.Fatalf("%v: run it in the repository's root, or name the folder with -dir", err)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("localhost:%d", *port))
	if errors.Is(err, syscall.EADDRINUSE) {
		log.Printf("port %d is in use, taking a free one", *port)
		listener, err = net.Listen("tcp", "localhost:0")
	}
	if err != nil {
		log.Fatal(err)
	}
	url := fmt.Sprintf("http://localhost:%d/", listener.Addr().(*net.TCPAddr).Port)
	fmt.Println("Inkwell is at", url, "(Ctrl-C ends it)")
	if *open && os.Getenv("CI") == "" {
		openBrowser(url)
	}
	log.Fatal(http.Serve(listener, Handler(*dir)))
}

// Handler serves a folder as a static host would: compressed where the browser
// takes it, and never from a stale cache.
func Handler(dir string) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		if strings.HasSuffix(r.URL.Path, ".wasm") && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
			w.Header().Set("Content-Type", "application/wasm")
			if f, err := http.Dir(dir).Open(r.URL.Path); err == nil {
				defer f.Close()
				w.Header().Set("Content-Encoding", "gzip")
				z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
				defer z.Close()
				_, _ = io.Copy(z, f)
				return
			}
		}
		files.ServeHTTP(w, r)
	})
}

func openBrowser(url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	case "linux":
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
	}
	if err := exec.Command(name, args...).Start(); err != nil {
		log.Printf("no browser opened itself (%v); the address above works in any", err)
	}
}
