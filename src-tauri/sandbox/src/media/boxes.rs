//! Writing ISO base media boxes (ISO/IEC 14496-12): a length, a four-letter kind, and what is inside.

/// A file, or a part of one, as it is written.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// What has been written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A box with whatever `inside` writes.
    pub fn boxed(&mut self, kind: [u8; 4], inside: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.u32(0);
        self.raw(&kind);
        inside(self);
        // A box of four gigabytes cannot be held in memory to begin with.
        let size = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        self.bytes[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }

    /// A box with a version and flags, which most have.
    pub fn full(&mut self, kind: [u8; 4], version: u8, flags: u32, inside: impl FnOnce(&mut Self)) {
        self.boxed(kind, |w| {
            w.u32(u32::from(version) << 24 | flags);
            inside(w);
        });
    }

    /// An MPEG-4 descriptor (ISO/IEC 14496-1), which says its length in one byte when it is short, as all here are.
    pub fn descriptor(&mut self, tag: u8, inside: impl FnOnce(&mut Self)) {
        self.u8(tag);
        let at = self.bytes.len();
        self.u8(0);
        inside(self);
        self.bytes[at] = u8::try_from(self.bytes.len() - at - 1).unwrap_or(0x7f);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Nothing, `count` times.
    pub fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    /// A byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Two bytes, the greater first.
    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    /// Four bytes, the greatest first.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    /// Eight bytes, the greatest first.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// 16.16 fixed point.
    pub fn fixed(&mut self, whole: u32) {
        self.u32(whole << 16);
    }

    /// The matrix that leaves a picture as it is.
    pub fn upright(&mut self) {
        for value in [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000] {
            self.u32(value);
        }
    }
}

/// A box written by itself.
pub fn alone(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    write(&mut writer);
    writer.into_bytes()
}
