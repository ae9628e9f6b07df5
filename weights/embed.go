// Package weights holds the trained weights that ship. MODEL_CARD.md beside
// this file says what they are and how they were made.
package weights

import _ "embed"

// Inkwell is the joint energy of handwritten digits, a safetensors file for
// core/energy's Load.
//
//go:embed inkwell.safetensors
var Inkwell []byte
