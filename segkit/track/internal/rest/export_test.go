package rest

import "testing"

// BoundAnswers sets how much is read of an answer, during a test.
func BoundAnswers(t *testing.T, most int) {
	before := maxAnswer
	maxAnswer = most
	t.Cleanup(func() { maxAnswer = before })
}
