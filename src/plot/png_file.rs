//! PNG files, small ones.

use std::collections::HashMap;

use png::{BitDepth, ColorType, Compression, Encoder};

/// Encodes an image of RGB bytes; with a palette where 256 colours are enough, which takes a
/// third of the bytes for a raster.
pub(super) fn encode(rgb: &[u8], size: (u32, u32)) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Best);
    let indexed = palette(rgb);
    let pixels = if let Some((palette, indices)) = &indexed {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette.as_slice());
        indices
    } else {
        encoder.set_color(ColorType::Rgb);
        rgb
    };
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer.write_image_data(pixels).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// The colours of an image in the order of their appearance, and each pixel's place among
/// them; `None` when there are more than 256.
fn palette(rgb: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut colours, mut places) = (Vec::new(), HashMap::new());
    let mut indices = Vec::with_capacity(rgb.len() / 3);
    for pixel in rgb.as_chunks::<3>().0 {
        let next = places.len();
        let place = *places.entry(*pixel).or_insert_with(|| {
            colours.extend_from_slice(pixel);
            next
        });
        indices.push(u8::try_from(place).ok()?);
    }
    Some((colours, indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Vec<u8> {
        let mut decoder = png::Decoder::new(bytes);
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut rgb).unwrap();
        rgb
    }

    #[test]
    fn images_survive_with_few_and_with_many_colours() {
        for colours in [3u32, 1000] {
            let pixels = (0..1000).map(|n| n % colours);
            let rgb: Vec<u8> = pixels.flat_map(|c| [(c % 256) as u8, (c / 256) as u8, 7]).collect();
            let bytes = encode(&rgb, (50, 20)).unwrap();
            assert_eq!(decode(&bytes), rgb);
        }
    }
}
