//! Writing HDF5 files of known shape, piece by piece.
//!
//! Readers use the crate `hdf5-pure`. Writing is done here, because two things are needed
//! which it lacks: data written at any place of a contiguous dataset, so that a recording
//! larger than memory can be converted, and attributes of enumeration type, without which
//! libsonata refuses SONATA's `sorting`.
//!
//! Only the plainest part of the format is used, which every HDF5 library since 1.8 reads:
//! superblock 0, version-1 object headers, link messages, contiguous datasets. See the HDF5
//! File Format Specification, version 3.0, sections II.A, IV.A.1 and IV.A.2.

use std::path::Path;

use super::atomic::AtomicFile;
use crate::Result;

/// "No address".
const UNDEFINED: u64 = u64::MAX;

/// Bytes of a version-0 superblock.
const SUPERBLOCK: usize = 96;

/// The type of an element.
#[derive(Clone, Debug)]
pub(super) enum Type {
    U8,
    U32,
    U64,
    F32,
    F64,
    /// Text of a fixed number of bytes, UTF-8.
    Text(usize),
    /// A named number: the names stand for 0, 1, 2...
    Names(&'static [&'static str]),
}

/// A named value at a group or dataset.
pub(super) struct Attribute {
    pub name: &'static str,
    pub of: Type,
    /// Empty for a single value.
    pub shape: Vec<u64>,
    pub bytes: Vec<u8>,
}

impl Attribute {
    /// A text.
    pub(super) fn text(name: &'static str, text: &str) -> Self {
        Self { name, of: Type::Text(text.len()), shape: vec![], bytes: text.into() }
    }
}

/// What a file consists of.
pub(super) enum Node {
    Group(Vec<(String, Node)>, Vec<Attribute>),
    Dataset(Type, Vec<u64>, Vec<Attribute>),
}

/// A file whose groups and empty datasets exist, and whose data can be written in any order.
pub(super) struct Hdf5File {
    file: AtomicFile,
    /// Where the data of each dataset begin, in the order of the tree.
    data: Vec<u64>,
}

impl Hdf5File {
    /// Creates the file under a temporary name until [`commit`](Self::commit).
    pub(super) fn create(path: &Path, root: &Node) -> Result<Self> {
        // The addresses of data depend on the length of the headers, but not the other way
        // round: a first pass measures the headers.
        let begin = Metadata::of(root, 0).bytes.len() as u64;
        let metadata = Metadata::of(root, begin);
        let mut file = AtomicFile::create(path)?;
        file.write_at(0, &metadata.bytes)?;
        Ok(Self { file, data: metadata.data })
    }

    /// Writes `bytes` at byte `offset` of the dataset with this number in the tree.
    pub(super) fn write(&mut self, dataset: usize, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_at(self.data[dataset] + offset, bytes)
    }

    /// Gives the finished file its name.
    pub(super) fn commit(self) -> Result<()> {
        self.file.commit()
    }
}

/// The headers of a file.
struct Metadata {
    bytes: Vec<u8>,
    data: Vec<u64>,
    /// The first byte after all data given away so far.
    end: u64,
}

impl Metadata {
    /// All headers of a file whose data begin at `begin`.
    fn of(root: &Node, begin: u64) -> Self {
        let mut metadata = Self { bytes: vec![0; SUPERBLOCK], data: Vec::new(), end: begin };
        let address = metadata.node(root);
        let superblock = superblock(address, metadata.end);
        metadata.bytes[..SUPERBLOCK].copy_from_slice(&superblock);
        metadata
    }

    /// Appends the headers of a node and all below it; returns its address.
    fn node(&mut self, node: &Node) -> u64 {
        let (mut messages, attributes) = match node {
            Node::Group(children, attributes) => {
                let links = children.iter().map(|(name, child)| link(name, self.node(child)));
                (group_messages(links.collect()), attributes)
            }
            Node::Dataset(of, shape, attributes) => (self.dataset(of, shape), attributes),
        };
        messages.extend(attributes.iter().map(attribute));
        let address = self.bytes.len() as u64;
        self.bytes.extend(object_header(&messages));
        address
    }

    fn dataset(&mut self, of: &Type, shape: &[u64]) -> Vec<Message> {
        let size = shape.iter().product::<u64>() * of.size();
        let begin = self.end.next_multiple_of(8);
        let address = if size == 0 { UNDEFINED } else { begin };
        if size > 0 {
            // Exactly: a file shorter than its superblock says counts as cut off.
            self.end = begin + size;
        }
        self.data.push(begin);
        // Version 3, class 1: contiguous.
        let layout = [&[3, 1][..], &address.to_le_bytes(), &size.to_le_bytes()].concat();
        // Version 2: allocated late, written if set, not set.
        vec![(0x01, dataspace(shape)), (0x03, of.encode()), (0x05, vec![2, 2, 2, 0]), (0x08, layout)]
    }
}

/// Kind and contents of a header message.
type Message = (u16, Vec<u8>);

fn superblock(root: u64, end: u64) -> Vec<u8> {
    let mut bytes = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0".to_vec();
    for k in [4u16, 16, 0, 0] {
        bytes.extend(k.to_le_bytes());
    }
    for address in [0, UNDEFINED, end, UNDEFINED, 0, root, 0, 0, 0] {
        bytes.extend(address.to_le_bytes());
    }
    bytes
}

fn object_header(messages: &[Message]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, contents) in messages {
        let size = contents.len().next_multiple_of(8);
        body.extend(kind.to_le_bytes());
        body.extend((size as u16).to_le_bytes());
        body.extend([0; 4]);
        body.extend(contents);
        body.resize(body.len() + size - contents.len(), 0);
    }
    let mut bytes = vec![1, 0];
    bytes.extend((messages.len() as u16).to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes
}

/// Link info (no heap, no index), group info, and the links themselves.
fn group_messages(links: Vec<Message>) -> Vec<Message> {
    let info = [&[0, 0][..], &[0xff; 16]].concat();
    let mut messages = vec![(0x02, info), (0x0a, vec![0, 0])];
    messages.extend(links);
    messages
}

/// A hard link with a UTF-8 name.
fn link(name: &str, address: u64) -> Message {
    let length = (name.len() as u16).to_le_bytes();
    (0x06, [&[1, 0x11, 1][..], &length, name.as_bytes(), &address.to_le_bytes()].concat())
}

fn attribute(attribute: &Attribute) -> Message {
    let (of, space) = (attribute.of.encode(), dataspace(&attribute.shape));
    let mut bytes = vec![3, 0];
    for length in [attribute.name.len() + 1, of.len(), space.len()] {
        bytes.extend((length as u16).to_le_bytes());
    }
    bytes.push(1);
    bytes.extend(attribute.name.bytes().chain([0]).chain(of).chain(space));
    bytes.extend(&attribute.bytes);
    (0x0c, bytes)
}

fn dataspace(shape: &[u64]) -> Vec<u8> {
    let mut bytes = vec![1, shape.len() as u8, 0, 0, 0, 0, 0, 0];
    bytes.extend(shape.iter().flat_map(|n| n.to_le_bytes()));
    bytes
}

impl Type {
    /// Bytes of an element.
    fn size(&self) -> u64 {
        match self {
            Self::U8 | Self::Names(_) => 1,
            Self::U32 | Self::F32 => 4,
            Self::U64 | Self::F64 => 8,
            Self::Text(length) => (*length).max(1) as u64,
        }
    }

    /// The datatype message: version and class, flags, size, properties.
    fn encode(&self) -> Vec<u8> {
        let size = self.size() as u32;
        let head = |class: [u8; 4]| [&class[..], &size.to_le_bytes()].concat();
        match self {
            Self::U8 | Self::U32 | Self::U64 => {
                [head([0x10, 0, 0, 0]), vec![0, 0, (size * 8) as u8, 0]].concat()
            }
            Self::F32 => {
                // Sign in bit 31, exponent of 8 bits from 23, mantissa of 23 bits, bias 127.
                [head([0x11, 0x20, 31, 0]), vec![0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]].concat()
            }
            Self::F64 => {
                // Sign in bit 63, exponent of 11 bits from 52, mantissa of 52 bits, bias 1023.
                [head([0x11, 0x20, 63, 0]), vec![0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0]].concat()
            }
            Self::Text(_) => head([0x13, 0x11, 0, 0]),
            Self::Names(names) => {
                let mut bytes = head([0x38, names.len() as u8, 0, 0]);
                bytes.extend(Self::U8.encode());
                bytes.extend(names.iter().flat_map(|name| name.bytes().chain([0])));
                bytes.extend(0..names.len() as u8);
                bytes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_another_library() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.h5");
        let names = (0..40).map(|n| format!("n{n}"));
        let unit = || vec![Attribute::text("units", "ms")];
        let mut children: Vec<_> = names.map(|n| (n, Node::Dataset(Type::F64, vec![2, 2], unit()))).collect();
        children.push(("odd".into(), Node::Dataset(Type::U8, vec![3], vec![])));
        let mut file = Hdf5File::create(&path, &Node::Group(children, vec![])).unwrap();
        for dataset in (0..40).rev() {
            let values: Vec<u8> = (0..4).flat_map(|v| f64::from(dataset * 4 + v).to_le_bytes()).collect();
            file.write(dataset as usize, 0, &values).unwrap();
        }
        file.write(40, 0, &[1, 2, 3]).unwrap();
        file.commit().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[40..48], (bytes.len() as u64).to_le_bytes(), "end of file in the superblock");
        let file = hdf5_pure::File::open(&path).unwrap();
        let dataset = file.dataset("n39").unwrap();
        assert_eq!(dataset.shape().unwrap(), [2, 2]);
        assert_eq!(dataset.read_f64().unwrap(), [156.0, 157.0, 158.0, 159.0]);
        assert_eq!(dataset.attrs().unwrap()["units"].as_str(), Some("ms"));
    }
}
