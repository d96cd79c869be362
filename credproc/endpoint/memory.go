package endpoint

import (
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// manyConnections at once are a load whose memory is worth giving back.
	manyConnections = 64
	// afterLoad is how long after the load has ended memory is given back.
	afterLoad = 5 * time.Second
)

// A memory gives memory back to the system after many connections were open at once: an endpoint lives for days, and
// the Go runtime keeps the memory that a burst of clients used.
type memory struct {
	mu   sync.Mutex
	open int
	most int // since memory was given back
	free *time.Timer
}

// connState is an http.Server's ConnState.
func (m *memory) connState(_ net.Conn, state http.ConnState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch state {
	case http.StateNew:
		m.open++
		m.most = max(m.most, m.open)
	case http.StateClosed, http.StateHijacked:
		m.open--
	default:
		return
	}
	if m.most < manyConnections || m.open > m.most/4 {
		return
	}
	if m.free != nil {
		m.free.Stop()
	}
	m.free = time.AfterFunc(afterLoad, func() {
		m.mu.Lock()
		m.most = m.open
		m.mu.Unlock()
		debug.FreeOSMemory() // after which net/http's pools of buffers still hold what they had
		debug.FreeOSMemory()
	})
}
