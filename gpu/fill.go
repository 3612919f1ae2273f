package gpu

// Fill sets every element of Y (rows × cols) to Value.
type Fill struct {
	Y     View
	Value float32
}

// Name implements Op.
func (o Fill) Name() string { return "fill" }

// Check implements Op.
func (o Fill) Check() error { return o.Y.checkWindow("fill", "Y") }

// Access implements Op.
func (o Fill) Access() []Access { return accessList{}.writes(o.Y) }

// Cost implements Op.
func (o Fill) Cost() Cost { return Cost{0, bytesOf(o.Y)} }
