#include "textflag.h"

// The kernels of generic.go with AVX2 and FMA, the same to the last bit. A register holds four float64 lanes.

// ROW(reg, offset): the address of the listed row whose number is at offset(R8).
#define ROW(reg, offset) \
	MOVLQSX offset(R8), reg; \
	IMULQ   stride+32(FP), reg; \
	SHLQ    $3, reg; \
	ADDQ    x+8(FP), reg

// AHEAD(reg, offset): fetches the row that will be needed some rounds later, 3 cache lines of it. Listed rows lie too far apart
// for the processor to guess them.
#define AHEAD(reg, offset) \
	ROW(reg, offset+64); \
	PREFETCHT0 (reg); \
	PREFETCHT0 64(reg); \
	PREFETCHT0 128(reg)

// STEP4(row, sum): sum += (x[j]-p[j])² for one row and the four points in Y8.
#define STEP4(row, sum) \
	VBROADCASTSD (row)(R9*8), Y9; \
	VSUBPD       Y8, Y9, Y10; \
	VFMADD231PD  Y10, Y10, sum

// func squares4AVX2(dst, x *float64, list *int32, rows, stride int, points *float64, d int)
// Eight rows at a time, four points.
TEXT ·squares4AVX2(SB), NOSPLIT, $8-56
	MOVQ dst+0(FP), DI
	MOVQ list+16(FP), R8
	MOVQ rows+24(FP), AX
	MOVQ AX, left-8(SP)

rows4:
	ROW(AX, 0)
	ROW(BX, 4)
	ROW(CX, 8)
	ROW(DX, 12)
	ROW(SI, 16)
	ROW(R10, 20)
	ROW(R11, 24)
	ROW(R12, 28)
	CMPQ   d+48(FP), $8
	JLT    near4
	AHEAD(R13, 0)
	AHEAD(R13, 4)
	AHEAD(R13, 8)
	AHEAD(R13, 12)
	AHEAD(R13, 16)
	AHEAD(R13, 20)
	AHEAD(R13, 24)
	AHEAD(R13, 28)

near4:
	MOVQ   points+40(FP), R13
	XORQ   R9, R9
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7

columns4:
	VMOVUPD (R13), Y8
	STEP4(AX, Y0)
	STEP4(BX, Y1)
	STEP4(CX, Y2)
	STEP4(DX, Y3)
	STEP4(SI, Y4)
	STEP4(R10, Y5)
	STEP4(R11, Y6)
	STEP4(R12, Y7)
	ADDQ    $32, R13
	INCQ    R9
	CMPQ    R9, d+48(FP)
	JLT     columns4

	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y5, 160(DI)
	VMOVUPD Y6, 192(DI)
	VMOVUPD Y7, 224(DI)
	ADDQ    $256, DI
	ADDQ    $32, R8
	SUBQ    $8, left-8(SP)
	JGT     rows4
	VZEROUPPER
	RET

// STEP8(row, low, high): the same for one row and the eight points in Y8 and Y9.
#define STEP8(row, low, high) \
	VBROADCASTSD (row)(R9*8), Y10; \
	VSUBPD       Y8, Y10, Y11; \
	VSUBPD       Y9, Y10, Y12; \
	VFMADD231PD  Y11, Y11, low; \
	VFMADD231PD  Y12, Y12, high

// func squares8AVX2(dst, x *float64, list *int32, rows, stride int, points *float64, d int)
// Four rows at a time, eight points.
TEXT ·squares8AVX2(SB), NOSPLIT, $8-56
	MOVQ dst+0(FP), DI
	MOVQ list+16(FP), R8
	MOVQ rows+24(FP), AX
	MOVQ AX, left-8(SP)
	MOVQ d+48(FP), R10

rows8:
	ROW(AX, 0)
	ROW(BX, 4)
	ROW(CX, 8)
	ROW(DX, 12)
	CMPQ   R10, $8
	JLT    near8
	AHEAD(R13, 0)
	AHEAD(R13, 4)
	AHEAD(R13, 8)
	AHEAD(R13, 12)

near8:
	MOVQ   points+40(FP), R13
	XORQ   R9, R9
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7

columns8:
	VMOVUPD (R13), Y8
	VMOVUPD 32(R13), Y9
	STEP8(AX, Y0, Y1)
	STEP8(BX, Y2, Y3)
	STEP8(CX, Y4, Y5)
	STEP8(DX, Y6, Y7)
	ADDQ    $64, R13
	INCQ    R9
	CMPQ    R9, R10
	JLT     columns8

	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	VMOVUPD Y4, 128(DI)
	VMOVUPD Y5, 160(DI)
	VMOVUPD Y6, 192(DI)
	VMOVUPD Y7, 224(DI)
	ADDQ    $256, DI
	ADDQ    $16, R8
	SUBQ    $4, left-8(SP)
	JGT     rows8
	VZEROUPPER
	RET

// MEET(squared): one more point, whose squared distances to the four rows are given and whose number is in Y11.
#define MEET(squared) \
	VCMPPD    $1, Y8, squared, Y12; \
	VMAXPD    Y8, squared, Y13; \
	VMINPD    Y13, Y9, Y9; \
	VMINPD    squared, Y8, Y8; \
	VBLENDVPD Y12, Y11, Y10, Y10; \
	VPADDQ    Y14, Y11, Y11

// func nearest4AVX2(first, second *float64, label *int64, squared *float64, rows, lanes, c int)
// Four rows at a time: their distances to four points are transposed, so that a register holds one point's.
TEXT ·nearest4AVX2(SB), NOSPLIT, $0-56
	MOVQ         first+0(FP), DI
	MOVQ         second+8(FP), SI
	MOVQ         label+16(FP), DX
	MOVQ         squared+24(FP), R8
	MOVQ         rows+32(FP), CX
	MOVQ         lanes+40(FP), R9
	SHLQ         $3, R9
	LEAQ         (R9)(R9*2), R10
	VPBROADCASTQ c+48(FP), Y15
	VPCMPEQQ     Y14, Y14, Y14
	VPSRLQ       $63, Y14, Y14         // 1 in each lane

rows:
	VMOVUPD    (R8), Y0
	VMOVUPD    (R8)(R9*1), Y1
	VMOVUPD    (R8)(R9*2), Y2
	VMOVUPD    (R8)(R10*1), Y3
	VUNPCKLPD  Y1, Y0, Y4
	VUNPCKHPD  Y1, Y0, Y5
	VUNPCKLPD  Y3, Y2, Y6
	VUNPCKHPD  Y3, Y2, Y7
	VPERM2F128 $0x20, Y6, Y4, Y0
	VPERM2F128 $0x20, Y7, Y5, Y1
	VPERM2F128 $0x31, Y6, Y4, Y2
	VPERM2F128 $0x31, Y7, Y5, Y3
	VMOVUPD    (DI), Y8
	VMOVUPD    (SI), Y9
	VMOVUPD    (DX), Y10
	VMOVAPD    Y15, Y11
	MEET(Y0)
	MEET(Y1)
	MEET(Y2)
	MEET(Y3)
	VMOVUPD    Y8, (DI)
	VMOVUPD    Y9, (SI)
	VMOVUPD    Y10, (DX)
	LEAQ       (R8)(R9*4), R8
	ADDQ       $32, DI
	ADDQ       $32, SI
	ADDQ       $32, DX
	SUBQ       $4, CX
	JGT        rows
	VZEROUPPER
	RET

// func marginsAVX2(first, second *float64, rows int)
TEXT ·marginsAVX2(SB), NOSPLIT, $0-24
	MOVQ first+0(FP), SI
	MOVQ second+8(FP), DI
	MOVQ rows+16(FP), CX

roots:
	VSQRTPD (SI), Y0
	VSQRTPD (DI), Y1
	VSUBPD  Y0, Y1, Y1
	VMOVUPD Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $4, CX
	JGT     roots
	VZEROUPPER
	RET

// LESSER(offset, sum): sum += weight · min(nearest, squared) for the row at 8·offset of nearest; Y8 is the weight.
#define LESSER(offset, sum) \
	VBROADCASTSD (8*offset)(DX), Y9; \
	VMINPD       (32*offset)(SI), Y9, Y9; \
	VFMADD231PD  Y9, Y8, sum

#define WEIGHTED(offset, sum) \
	VBROADCASTSD (8*offset)(R8), Y8; \
	LESSER(offset, sum)

// func addLesserAVX2(sums *[4]float64, squared, nearest, weights *float64, rows int)
// At least four rows.
TEXT ·addLesserAVX2(SB), NOSPLIT, $0-40
	MOVQ         sums+0(FP), DI
	MOVQ         squared+8(FP), SI
	MOVQ         nearest+16(FP), DX
	MOVQ         weights+24(FP), R8
	MOVQ         rows+32(FP), CX
	VXORPD       Y0, Y0, Y0
	VXORPD       Y1, Y1, Y1
	VXORPD       Y2, Y2, Y2
	VXORPD       Y3, Y3, Y3
	TESTQ        R8, R8
	JNZ          weighted
	MOVQ         $0x3ff0000000000000, AX // 1.0
	MOVQ         AX, X8
	VBROADCASTSD X8, Y8

plain:
	LESSER(0, Y0)
	LESSER(1, Y1)
	LESSER(2, Y2)
	LESSER(3, Y3)
	ADDQ $128, SI
	ADDQ $32, DX
	SUBQ $4, CX
	CMPQ CX, $4
	JGE  plain
	CMPQ CX, $1
	JLT  sum
	LESSER(0, Y0)
	CMPQ CX, $2
	JLT  sum
	LESSER(1, Y1)
	CMPQ CX, $3
	JLT  sum
	LESSER(2, Y2)
	JMP  sum

weighted:
	WEIGHTED(0, Y0)
	WEIGHTED(1, Y1)
	WEIGHTED(2, Y2)
	WEIGHTED(3, Y3)
	ADDQ $128, SI
	ADDQ $32, DX
	ADDQ $32, R8
	SUBQ $4, CX
	CMPQ CX, $4
	JGE  weighted
	CMPQ CX, $1
	JLT  sum
	WEIGHTED(0, Y0)
	CMPQ CX, $2
	JLT  sum
	WEIGHTED(1, Y1)
	CMPQ CX, $3
	JLT  sum
	WEIGHTED(2, Y2)

sum:
	VADDPD  Y1, Y0, Y0
	VADDPD  Y3, Y2, Y2
	VADDPD  Y2, Y0, Y0
	VADDPD  (DI), Y0, Y0
	VMOVUPD Y0, (DI)
	VZEROUPPER
	RET

// func addRootsAVX2(sums *[8]float64, squared *float64, rows int)
// At least one row.
TEXT ·addRootsAVX2(SB), NOSPLIT, $0-24
	MOVQ   sums+0(FP), DI
	MOVQ   squared+8(FP), SI
	MOVQ   rows+16(FP), CX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	SUBQ   $2, CX
	JLT    last

pairs:
	VSQRTPD (SI), Y4
	VSQRTPD 32(SI), Y5
	VSQRTPD 64(SI), Y6
	VSQRTPD 96(SI), Y7
	VADDPD  Y4, Y0, Y0
	VADDPD  Y5, Y1, Y1
	VADDPD  Y6, Y2, Y2
	VADDPD  Y7, Y3, Y3
	ADDQ    $128, SI
	SUBQ    $2, CX
	JGE     pairs

last:
	ADDQ    $2, CX
	JLE     add
	VSQRTPD (SI), Y4
	VSQRTPD 32(SI), Y5
	VADDPD  Y4, Y0, Y0
	VADDPD  Y5, Y1, Y1

add:
	VADDPD  Y2, Y0, Y0
	VADDPD  Y3, Y1, Y1
	VADDPD  (DI), Y0, Y0
	VADDPD  32(DI), Y1, Y1
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VZEROUPPER
	RET

// shuffles<>: for each set of four lanes, the bytes of a VPSHUFB that moves those lanes to the front.
DATA shuffles<>+0(SB)/8, $0
DATA shuffles<>+8(SB)/8, $0
DATA shuffles<>+16(SB)/8, $0x0000000003020100
DATA shuffles<>+24(SB)/8, $0
DATA shuffles<>+32(SB)/8, $0x0000000007060504
DATA shuffles<>+40(SB)/8, $0
DATA shuffles<>+48(SB)/8, $0x0706050403020100
DATA shuffles<>+56(SB)/8, $0
DATA shuffles<>+64(SB)/8, $0x000000000b0a0908
DATA shuffles<>+72(SB)/8, $0
DATA shuffles<>+80(SB)/8, $0x0b0a090803020100
DATA shuffles<>+88(SB)/8, $0
DATA shuffles<>+96(SB)/8, $0x0b0a090807060504
DATA shuffles<>+104(SB)/8, $0
DATA shuffles<>+112(SB)/8, $0x0706050403020100
DATA shuffles<>+120(SB)/8, $0x000000000b0a0908
DATA shuffles<>+128(SB)/8, $0x000000000f0e0d0c
DATA shuffles<>+136(SB)/8, $0
DATA shuffles<>+144(SB)/8, $0x0f0e0d0c03020100
DATA shuffles<>+152(SB)/8, $0
DATA shuffles<>+160(SB)/8, $0x0f0e0d0c07060504
DATA shuffles<>+168(SB)/8, $0
DATA shuffles<>+176(SB)/8, $0x0706050403020100
DATA shuffles<>+184(SB)/8, $0x000000000f0e0d0c
DATA shuffles<>+192(SB)/8, $0x0f0e0d0c0b0a0908
DATA shuffles<>+200(SB)/8, $0
DATA shuffles<>+208(SB)/8, $0x0b0a090803020100
DATA shuffles<>+216(SB)/8, $0x000000000f0e0d0c
DATA shuffles<>+224(SB)/8, $0x0b0a090807060504
DATA shuffles<>+232(SB)/8, $0x000000000f0e0d0c
DATA shuffles<>+240(SB)/8, $0x0706050403020100
DATA shuffles<>+248(SB)/8, $0x0f0e0d0c0b0a0908
GLOBL shuffles<>(SB), RODATA|NOPTR, $256

// func atMostAVX2(list *int32, values *float64, n int, limit float64) (count int)
// n is a multiple of 4.
TEXT ·atMostAVX2(SB), NOSPLIT, $0-40
	MOVQ         list+0(FP), DI
	MOVQ         values+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSD limit+24(FP), Y0
	LEAQ         shuffles<>(SB), R8
	MOVQ         DI, R9
	VPCMPEQD     X3, X3, X3
	VPSRLD       $31, X3, X2
	VPSLLD       $2, X2, X3        // 4 in each lane
	MOVQ         $0x0000000100000000, AX
	MOVQ         AX, X1
	MOVQ         $0x0000000300000002, AX
	MOVQ         AX, X4
	VPUNPCKLQDQ  X4, X1, X1        // 0, 1, 2, 3
	TESTQ        CX, CX
	JLE          counted

fours:
	VMOVUPD   (SI), Y5
	VCMPPD    $2, Y0, Y5, Y5       // values <= limit
	VMOVMSKPD Y5, AX
	POPCNTL   AX, BX
	SHLQ      $4, AX
	VPSHUFB   (R8)(AX*1), X1, X6
	VMOVDQU   X6, (R9)
	LEAQ      (R9)(BX*4), R9
	VPADDD    X3, X1, X1
	ADDQ      $32, SI
	SUBQ      $4, CX
	JGT       fours

counted:
	SUBQ DI, R9
	SHRQ $2, R9
	MOVQ R9, count+32(FP)
	VZEROUPPER
	RET

// func addRowAVX2(sum, row, origin *float64, d int, weight float64)
TEXT ·addRowAVX2(SB), NOSPLIT, $0-40
	MOVQ         sum+0(FP), DI
	MOVQ         row+8(FP), SI
	MOVQ         origin+16(FP), DX
	MOVQ         d+24(FP), CX
	VBROADCASTSD weight+32(FP), Y0
	SUBQ         $4, CX
	JLT          ones

quads:
	VMOVUPD     (SI), Y1
	VSUBPD      (DX), Y1, Y1
	VMOVUPD     (DI), Y2
	VFMADD231PD Y1, Y0, Y2
	VMOVUPD     Y2, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DX
	ADDQ        $32, DI
	SUBQ        $4, CX
	JGE         quads

ones:
	ADDQ $4, CX
	JLE  added

one:
	VMOVSD      (SI), X1
	VSUBSD      (DX), X1, X1
	VMOVSD      (DI), X2
	VFMADD231SD X1, X0, X2
	VMOVSD      X2, (DI)
	ADDQ        $8, SI
	ADDQ        $8, DX
	ADDQ        $8, DI
	DECQ        CX
	JGT         one

added:
	VZEROUPPER
	RET
