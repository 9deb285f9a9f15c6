package segment

type Rules struct{}
