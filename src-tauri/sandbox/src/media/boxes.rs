//! Writing the boxes of ISO base media files (ISO/IEC 14496-12): a size, a kind of four letters, and the content.

/// A file, or a part of one, while it is written.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a box; `inside` writes its content.
    pub fn boxed(&mut self, kind: [u8; 4], inside: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        self.raw(&kind);
        inside(self);
        // Boxes are built in memory and far smaller than the four gigabytes that a 32-bit size can express.
        let size = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        self.bytes[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }

    /// Writes a box with a version and flags.
    pub fn full(&mut self, kind: [u8; 4], version: u8, flags: u32, inside: impl FnOnce(&mut Self)) {
        self.boxed(kind, |w| {
            w.u32(u32::from(version) << 24 | flags);
            inside(w);
        });
    }

    /// Writes an MPEG-4 descriptor (ISO/IEC 14496-1). All descriptors here are short enough for a size of one byte.
    pub fn descriptor(&mut self, tag: u8, inside: impl FnOnce(&mut Self)) {
        self.u8(tag);
        let at = self.bytes.len();
        self.u8(0);
        inside(self);
        self.bytes[at] = u8::try_from(self.bytes.len() - at - 1).unwrap_or(0x7f);
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes `count` zero bytes.
    pub fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Writes a number in two bytes, big endian.
    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    /// Writes a number in four bytes, big endian.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    /// Writes a number in eight bytes, big endian.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// Writes a number as 16.16 fixed point.
    pub fn fixed(&mut self, whole: u32) {
        self.u32(whole << 16);
    }

    /// Writes the transformation matrix that changes nothing.
    pub fn identity_matrix(&mut self) {
        for value in [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000] {
            self.u32(value);
        }
    }
}

/// Returns the bytes that `write` writes.
pub fn bytes_of(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    write(&mut writer);
    writer.into_bytes()
}
