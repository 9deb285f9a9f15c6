package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// defaultPort is one that nothing well known uses.
const defaultPort = 8686

func serveCommand(ctx context.Context, args []string, out io.Writer) error {
	var dir *string
	var port *int
	_, err := flags(serveUsage, args, 0, func(f *flag.FlagSet) {
		dir = storeFlag(f)
		port = f.Int("port", defaultPort, "the port to listen on; 0 takes a free one")
	})
	if err != nil {
		return err
	}
	if *port < 0 || *port > 65535 {
		return usageError{fmt.Errorf("--port %d: a port is from 0 to 65535", *port)}
	}
	b, err := openBook(*dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(*port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d is in use; choose another: scripts/runs --port %d, or 0 for a free one", *port, *port+1)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The runs of %s: http://%s\n", *dir, listener.Addr())
	return serve(ctx, listener, b)
}

// serve answers until the context ends, and then lets those be answered who have asked.
func serve(ctx context.Context, listener net.Listener, b *book) error {
	server := &http.Server{
		Handler:           newHandler(b),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      5 * time.Minute, // a large model through a slow pipe
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 16,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(rest); err != nil {
		return server.Close()
	}
	return nil
}
