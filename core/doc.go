// Package core is the map of Inkwell's model; the code is in the packages
// below it. None of it knows of a browser: the same packages train on a
// server, sample on the command line and run in a Web Worker.
//
// # The data's way
//
//	mnist ──► learn ──► checkpoint ──► weights/        core/train
//	            │
//	            ├── energy    E(x,y), ∇ₓE and what training needs of them
//	            │     └── nn  layers: forward, backward, tangent
//	            └── sampler   chains that follow −∇E, and noise
//
//	weights/ ──► energy ──► sampler ──► frames ──► picture    core/sample, the page
//
// Images are 28 × 28 float32 in [−1, 1], ink +1, paper −1, flat and row-major,
// image after image: (N, 784). Inside nn and the kernels the batch is
// innermost; package energy turns images round at its door.
//
// # The sampling convention
//
// E is an energy: lower is likelier, p(x) ∝ exp(−E(x)/T). A step is
//
//	x ← x − η∇E(x) + √(2ηT)ξ,  ξ ~ N(0, I)
//
// with StepSize η and Temperature T everywhere: in code, flags, links and on
// the page. The noise follows from them and has no knob of its own. T = 0 is
// gradient descent, "the fall". Papers that write ε/2 or ε²/2 for η are
// converted where they are quoted. What a chain does depends on its seed, the
// weights and the settings, not on how many chains run beside it or where.
//
// # Who may import whom
//
// imports_test.go holds the code to this list, tests excepted. On the right is
// everything of this module that a package may import.
//
//	core/internal/kernel:
//	core/internal/kernel/openblas:
//	core/internal/check:
//	core/checkpoint:
//	core/mnist:
//	core/picture:
//	core/nn: core/internal/kernel
//	core/sampler: core/internal/kernel
//	core/energy: core/internal/kernel core/nn core/checkpoint
//	core/learn: core/internal/kernel core/nn core/energy core/sampler core/checkpoint core/mnist
//	core/eval: core/internal/kernel core/nn core/energy core/sampler
//	weights:
//
// The commands, and everything outside core, may import any of them but no
// command; only tests import core/internal/check; nothing in core imports
// syscall/js or Ebitengine, whatever its build tags.
package core
