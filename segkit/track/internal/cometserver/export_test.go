package cometserver

// Routes returns the method and path of all routes, for a walk over them.
func (s *Server) Routes() (out [][2]string) {
	for _, path := range sorted(s.routes) {
		out = append(out, [2]string{s.routes[path].method, prefix + path})
	}
	return out
}
