package columns

import (
	"encoding/binary"
	"math"
	"slices"
)

// mix scrambles 64 bits; it is a bijection (the finaliser of MurmurHash3), so different numbers keep different hashes.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// hashNumber returns the hash of a number; of -0 and 0 the same.
func hashNumber(v float64) uint64 { return mix(math.Float64bits(unsigned(v))) }

// hashMissing is the hash of no value: that of a NaN, which no number is.
var hashMissing = mix(math.Float64bits(math.NaN()))

// hashText returns the hash of a text. It is the same in every process, which hash/maphash's is not.
func hashText(text string) uint64 {
	h := 0x9e3779b97f4a7c15 ^ uint64(len(text))
	for ; len(text) >= 8; text = text[8:] {
		h = mix(h ^ word(text[:8]))
	}
	var tail uint64
	for i := range len(text) {
		tail |= uint64(text[i]) << (8 * i)
	}
	return mix(mix(h^tail) + 0x9e3779b97f4a7c15) // the last step, so that 0 is no more likely than another hash
}

func word(text string) uint64 {
	var b [8]byte
	copy(b[:], text)
	return binary.LittleEndian.Uint64(b[:])
}

// hashSet is a set of hashes with open addressing. The zero value is empty and has no room: call clear first.
type hashSet struct {
	slots []uint64 // 0 = free; a power of two of them
	zero  bool     // is 0 in the set?
	n     int
}

// clear empties the set and makes room for n hashes.
func (s *hashSet) clear(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]uint64, size)
	} else {
		s.slots = s.slots[:size]
		clear(s.slots)
	}
	s.zero, s.n = false, 0
}

// add puts a hash into the set, which must have room, and tells whether it is new.
func (s *hashSet) add(h uint64) bool {
	if h == 0 {
		added := !s.zero
		s.zero = true
		if added {
			s.n++
		}
		return added
	}
	last := uint64(len(s.slots) - 1)
	for i := h & last; ; i = (i + 1) & last {
		switch s.slots[i] {
		case h:
			return false
		case 0:
			s.slots[i] = h
			s.n++
			return true
		}
	}
}

// values returns the set's hashes in ascending order.
func (s *hashSet) values() []uint64 {
	values := make([]uint64, 0, s.n)
	if s.zero {
		values = append(values, 0)
	}
	for _, h := range s.slots {
		if h != 0 {
			values = append(values, h)
		}
	}
	slices.Sort(values)
	return values
}

// sketchSize is how many hashes a sketch keeps.
const sketchSize = 4096

// sketch estimates how many different hashes it was given from the smallest of them ("k minimum values": Bar-Yossef et al.
// 2002, Beyer et al. 2007). Of fewer than sketchSize it knows the exact number. The zero value is not ready: see newSketch.
type sketch struct {
	set   hashSet // at most twice sketchSize, so that it is cut down only now and then
	limit uint64  // larger hashes are not among the smallest
}

func newSketch() *sketch {
	s := &sketch{limit: math.MaxUint64}
	s.set.clear(2 * sketchSize)
	return s
}

func (s *sketch) add(h uint64) {
	if h <= s.limit && s.set.add(h) && s.set.n == 2*sketchSize {
		s.cut()
	}
}

// cut leaves the smallest sketchSize hashes.
func (s *sketch) cut() {
	smallest := s.set.values()[:sketchSize]
	s.set.clear(2 * sketchSize)
	for _, h := range smallest {
		s.set.add(h)
	}
	s.limit = smallest[sketchSize-1]
}

// estimate returns the number of different hashes and its relative standard error, 0 where it is exact.
func (s *sketch) estimate() (n int, relative float64) {
	if s.set.n < sketchSize {
		return s.set.n, 0
	}
	largest := s.set.values()[sketchSize-1]
	share := (float64(largest) + 1) / 0x1p64 // of the hashes' range that the smallest take up
	return int(math.Round((sketchSize - 1) / share)), 1 / math.Sqrt(sketchSize-2)
}

// repeats sorts hashes and returns how many of them equal an earlier one.
func repeats(hashes []uint64) int {
	slices.Sort(hashes)
	n := 0
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			n++
		}
	}
	return n
}
