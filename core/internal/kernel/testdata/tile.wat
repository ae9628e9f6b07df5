;; The mark for the kernels of WebAssembly: 4 rows by 2 vectors of a matrix
;; product, written by hand, multiply then add. fixture_test.go assembles it.
;;
;; run computes dst (4, 8) = w·b, for w in columns of 4 floats from address 0 and
;; b in rows of 8 floats from $b, k columns and rows in all, $turns times over.
(module
  (memory (export "memory") 2)
  (func (export "run") (param $turns i32) (param $k i32) (param $b i32) (param $dst i32)
    (local $x i32) (local $y i32) (local $end i32)
    (local $y0 v128) (local $y1 v128) (local $v v128)
    (local $c00 v128) (local $c01 v128)
    (local $c10 v128) (local $c11 v128)
    (local $c20 v128) (local $c21 v128)
    (local $c30 v128) (local $c31 v128)
    local.get $k
    i32.const 4
    i32.shl
    local.set $end
    loop $turn
      v128.const i32x4 0 0 0 0
      local.tee $c00
      local.tee $c01
      local.tee $c10
      local.tee $c11
      local.tee $c20
      local.tee $c21
      local.tee $c30
      local.set $c31
      i32.const 0
      local.set $x
      local.get $b
      local.set $y
      loop $column
        local.get $y
        v128.load
        local.set $y0
        local.get $y
        v128.load offset=16
        local.set $y1
        local.get $x
        v128.load32_splat
        local.set $v
        local.get $v
        local.get $y0
        f32x4.mul
        local.get $c00
        f32x4.add
        local.set $c00
        local.get $v
        local.get $y1
        f32x4.mul
        local.get $c01
        f32x4.add
        local.set $c01
        local.get $x
        v128.load32_splat offset=4
        local.set $v
        local.get $v
        local.get $y0
        f32x4.mul
        local.get $c10
        f32x4.add
        local.set $c10
        local.get $v
        local.get $y1
        f32x4.mul
        local.get $c11
        f32x4.add
        local.set $c11
        local.get $x
        v128.load32_splat offset=8
        local.set $v
        local.get $v
        local.get $y0
        f32x4.mul
        local.get $c20
        f32x4.add
        local.set $c20
        local.get $v
        local.get $y1
        f32x4.mul
        local.get $c21
        f32x4.add
        local.set $c21
        local.get $x
        v128.load32_splat offset=12
        local.set $v
        local.get $v
        local.get $y0
        f32x4.mul
        local.get $c30
        f32x4.add
        local.set $c30
        local.get $v
        local.get $y1
        f32x4.mul
        local.get $c31
        f32x4.add
        local.set $c31
        local.get $y
        i32.const 32
        i32.add
        local.set $y
        local.get $x
        i32.const 16
        i32.add
        local.tee $x
        local.get $end
        i32.lt_u
        br_if $column
      end
      local.get $dst
      local.get $c00
      v128.store
      local.get $dst
      local.get $c01
      v128.store offset=16
      local.get $dst
      local.get $c10
      v128.store offset=32
      local.get $dst
      local.get $c11
      v128.store offset=48
      local.get $dst
      local.get $c20
      v128.store offset=64
      local.get $dst
      local.get $c21
      v128.store offset=80
      local.get $dst
      local.get $c30
      v128.store offset=96
      local.get $dst
      local.get $c31
      v128.store offset=112
      local.get $turns
      i32.const 1
      i32.sub
      local.tee $turns
      br_if $turn
    end))
