"""Networks as a newcomer writes them; each is clean."""

DIGITS = """\
convlint: 1
name: digits
inputs:
  image: [1, 28, 28]
layers:
  - {name: conv1, op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  - {name: bn1, op: BatchNorm2d}
  - {name: relu1, op: ReLU}
  - {name: pool1, op: MaxPool2d, kernel_size: 2}
  - {name: conv2, op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
  - {name: relu2, op: ReLU}
  - {name: pool2, op: MaxPool2d, kernel_size: 2}
  - {name: flat, op: Flatten}
  - {name: fc1, op: Linear, out_features: 128}
  - {name: relu3, op: ReLU}
  - {name: drop, op: Dropout, p: 0.5}
  - {name: fc2, op: Linear, out_features: 10}
"""
UNET = """\
convlint: 1
constants:
  width: 16
inputs:
  image: [3, 128, 128]
blocks:
  Double:
    params:
      channels: null
    layers:
      - {op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1}
      - {op: ReLU}
      - {op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1}
      - {op: ReLU}
layers:
  - {name: enc1, op: Double, channels: "${width}"}
  - {name: down1, op: MaxPool2d, kernel_size: 2}
  - {name: enc2, op: Double, channels: "${width * 2}"}
  - {name: down2, op: MaxPool2d, kernel_size: 2}
  - {name: mid, op: Double, channels: "${width * 4}"}
  - {name: up2, op: ConvTranspose2d, out_channels: 32, kernel_size: 2, stride: 2}
  - {name: cat2, op: Concat, from: [up2, enc2]}
  - {name: dec2, op: Double, channels: 32}
  - {name: up1, op: Upsample, scale_factor: 2, mode: bilinear}
  - {name: cat1, op: Concat, from: [up1, enc1]}
  - {name: dec1, op: Double, channels: 16}
  - {name: head, op: Conv2d, out_channels: 2, kernel_size: 1}
"""
RESIDUAL = """\
convlint: 1
inputs:
  image: [3, 64, 64]
layers:
  - name: stem
    op: Conv2d
    out_channels: 64
    kernel_size: 7
    stride: 2
    padding: 3
  - name: relu1
    op: ReLU
  - name: conv1
    op: Conv2d
    out_channels: 64
    kernel_size: 3
    padding: 1
  - name: bn1
    op: BatchNorm2d
  - name: add
    op: Add
    from: [bn1, relu1]
  - name: relu2
    op: ReLU
  - name: gap
    op: AdaptiveAvgPool2d
    output_size: 1
  - name: flat
    op: Flatten
  - name: fc
    op: Linear
    out_features: 10
"""
SOUND = """\
convlint: 1
inputs:
  sound: [100, 40]
layers:
  - {name: lstm, op: LSTM, hidden_size: 64, batch_first: true}
  - {name: last, op: Select, dim: 1, index: -1}
  - {name: head, op: Linear, out_features: 5}
"""
